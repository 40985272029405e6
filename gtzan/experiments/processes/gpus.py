"""The GPUs of this machine, and which of them a worker uses."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from multiprocessing import current_process
from pathlib import Path

from gtzan.errors import UserError


def visible() -> list[str]:
    """The GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` names them; determined without torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [gpu.strip() for gpu in named.split(",") if gpu.strip() and not gpu.strip().startswith("-")]
    return list(_listed())


@cache
def _listed() -> tuple[str, ...]:
    """The numbers of this machine's GPUs."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(str(i) for i, _ in enumerate(line for line in listed.splitlines() if line.startswith("GPU ")))


def chosen_by_auto() -> str:
    """The device that Lightning's ``auto`` takes here: ``mps``, ``gpu`` or ``cpu``; determined without torch."""
    if _is_apple():
        return "mps"
    if version("torch").endswith("+cpu"):  # it uses no GPU that is here
        return "cpu"
    return "gpu" if visible() or _has_amd() else "cpu"


def _is_apple() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"


def _has_amd() -> bool:
    return Path("/dev/kfd").exists()


def check_machine(trainer: Mapping) -> None:
    """Raise a :class:`UserError` where a trainer's settings ask for GPUs that this machine does not have."""
    wanted, devices = trainer.get("accelerator"), trainer.get("devices", 1)
    if wanted == "mps" or (wanted == "gpu" and _is_apple()):
        there = int(_is_apple())
    elif wanted in ("gpu", "cuda"):
        if _has_amd():  # GPUs that are not counted here
            return
        there = len(visible())
    else:
        return
    if not there:
        raise UserError(
            f"trainer.accelerator={wanted}: this machine has no such GPU; trainer=default uses what there is."
        )
    count = len(devices) if isinstance(devices, Sequence) and not isinstance(devices, str) else devices
    if isinstance(count, int) and count > there:
        raise UserError(f"trainer.devices={devices} is more than the {there} GPUs of this machine.")


def processes(accelerator: str) -> int:
    """How many points may be computed at once: one for each GPU, else one for each core, which is joblib's -1."""
    device = chosen_by_auto() if accelerator == "auto" else accelerator
    if device == "mps":
        return 1
    return (len(visible()) if device in ("gpu", "cuda") else 0) or -1


def use_one_gpu() -> None:
    """Let this worker of joblib's see one GPU, by the worker's number; call it before CUDA is initialised."""
    gpus = visible()
    number = re.search(r"\d+$", current_process().name)  # of LokyProcess-1, LokyProcess-2 …
    if len(gpus) > 1 and number:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus[int(number[0]) % len(gpus)]
