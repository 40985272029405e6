"""The GPUs of this machine, shared out among processes."""

import os
import subprocess
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock, Timeout

_claims: list[FileLock] = []  # held until this process ends, however it ends


def visible() -> list[str]:
    """The GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` names them; asked for without torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [gpu.strip() for gpu in named.split(",") if gpu.strip() and not gpu.strip().startswith("-")]
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [str(i) for i, _ in enumerate(line for line in listed.splitlines() if line.startswith("GPU "))]


def processes(accelerator: str) -> int:
    """How many points may be computed at once: one for each GPU, else one for each core, which is joblib's -1."""
    return (len(visible()) if accelerator in ("auto", "gpu", "cuda") else 0) or -1


def claim_one() -> None:
    """Let this process see one GPU alone: the first that no other has claimed; before CUDA is initialised.

    Where there are more processes than GPUs, they share.
    """
    gpus = visible()
    if _claims or len(gpus) < 2:
        return
    for gpu in gpus:
        lock = FileLock(Path(gettempdir()) / f"gtzan-{os.getuid()}-gpu-{gpu.replace('/', '-')}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        _claims.append(lock)
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
        return
    os.environ["CUDA_VISIBLE_DEVICES"] = gpus[os.getpid() % len(gpus)]
