"""Settings of the process under which CPU training is fast, on a quiet machine and on a shared one."""

import ctypes
import os
import platform
from functools import cache

# From glibc's malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def prepare_cpu() -> None:
    """Set up OpenMP and malloc; before torch is imported, for OpenMP reads its environment only once.

    OpenMP's threads wait for each other by spinning. With another busy process on the machine they spin for whole time
    slices, and a step takes ten times as long; put to sleep at once, they lose a quarter of the ConvLSTM's speed to
    waking up. So they spin for some microseconds (GNU's OpenMP, which PyTorch brings on Linux), then sleep.

    glibc returns large freed blocks to the kernel at once, and gets them back page by page, zeroed, at the next step.
    Told to keep them, a training step of the convolutional nets takes three quarters of the time.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most that it takes
        libc.mallopt(_M_TRIM_THRESHOLD, 1 << 30)


def use_threads(count: int | None) -> None:
    """Let torch use at most ``count`` threads within an operation; ``None``: as many as it would by itself.

    By itself it takes the cores, or what ``OMP_NUM_THREADS`` says, with which a launcher shares them out to processes.
    """
    import torch

    default = _default_threads()
    torch.set_num_threads(default if count is None else min(count, default))


@cache
def _default_threads() -> int:
    import torch

    return torch.get_num_threads()
