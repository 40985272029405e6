"""The GPUs of this machine, shared out among processes."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from getpass import getuser
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock, Timeout

from gtzan.errors import UserError

_claims: list[FileLock] = []  # held until this process ends, however it ends


def visible() -> list[str]:
    """The GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` names them; asked for without torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [gpu.strip() for gpu in named.split(",") if gpu.strip() and not gpu.strip().startswith("-")]
    return list(_listed())


@cache
def _listed() -> tuple[str, ...]:
    """The numbers of this machine's GPUs. It has as many for as long as this process runs."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(str(i) for i, _ in enumerate(line for line in listed.splitlines() if line.startswith("GPU ")))


def check_machine(trainer: Mapping) -> None:
    """Raise a :class:`UserError` where a trainer's settings ask for GPUs that this machine does not have."""
    wanted, devices = trainer.get("accelerator"), trainer.get("devices", 1)
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    if wanted == "mps" or (wanted == "gpu" and apple):
        there = int(apple)
    elif wanted in ("gpu", "cuda"):
        if Path("/dev/kfd").exists():  # AMD's, which are not counted here
            return
        there = len(visible())
    else:
        return
    if not there:
        raise UserError(
            f"trainer.accelerator={wanted}: there is no such GPU here; trainer=default takes what there is."
        )
    count = len(devices) if isinstance(devices, Sequence) and not isinstance(devices, str) else devices
    if isinstance(count, int) and count > there:
        raise UserError(f"trainer.devices={devices} is more than the {there} GPUs of this machine.")


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
    user = os.getuid() if hasattr(os, "getuid") else getuser()
    for gpu in gpus:
        lock = FileLock(Path(gettempdir()) / f"gtzan-{user}-gpu-{gpu.replace('/', '-')}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        _claims.append(lock)
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
        return
    os.environ["CUDA_VISIBLE_DEVICES"] = gpus[os.getpid() % len(gpus)]
