"""Settings of the process under which CPU training is fast, on a quiet machine and on a shared one."""

import ctypes
import os
import platform
from collections.abc import Mapping
from functools import cache
from typing import Any

# From glibc's malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def prepare_cpu() -> None:
    """Set up OpenMP and malloc; call it before torch is imported, because OpenMP reads its environment only once.

    By default OpenMP's threads wait for each other by spinning, for whole time slices where other processes are busy;
    put to sleep at once, they take long to wake up. So they spin for some microseconds (GNU's OpenMP, which PyTorch
    brings on Linux), then sleep. And glibc returns large freed blocks to the kernel, and gets them back page by page,
    zeroed, at the next step; here it keeps them. Together they save between a tenth and half of a training step
    (``bench/cpu_settings.py``).
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most that it takes
        libc.mallopt(_M_TRIM_THRESHOLD, 1 << 30)


def use_threads(count: int | None) -> None:
    """Let torch use ``count`` threads within an operation, whatever the machine has: sums depend on it in their last
    bits. ``None``: as many as it would use by itself, the cores or what ``OMP_NUM_THREADS`` says.
    """
    import torch

    default = _default_threads()  # asked for before it is changed for the first time
    torch.set_num_threads(default if count is None else count)


def available_threads() -> int:
    """How many threads a computation has here: what ``OMP_NUM_THREADS`` says, else the physical cores.

    Known without torch, which a sweep of finished points does not wait for.
    """
    from joblib import cpu_count

    return allotted_threads() or cpu_count(only_physical_cores=True)


def allotted_threads() -> int | None:
    """What ``OMP_NUM_THREADS`` says, which launchers set to a job's share of the cores; ``None`` where it is unset."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdigit() and int(said) else None


def threads_per_job(launcher: Mapping[str, Any]) -> int:
    """How many threads each job of a launcher has.

    Args:
        launcher: its configuration: of processes of this machine (``n_jobs``), of Slurm (``cpus_per_task``), of Ray
            (``ray.remote.num_cpus``), or of one job after the other in this process.
    """
    available = available_threads()
    if "OMP_NUM_THREADS" in os.environ:
        return available
    if "cpus_per_task" in launcher:
        return launcher["cpus_per_task"] or 1
    if "ray" in launcher:
        return max(1, int(launcher["ray"]["remote"].get("num_cpus") or 1))
    jobs = launcher.get("n_jobs", 1)
    return max(1, available // (jobs if jobs > 0 else available))


@cache
def _default_threads() -> int:
    import torch

    return torch.get_num_threads()
