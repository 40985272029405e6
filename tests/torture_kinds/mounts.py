"""Small file systems that this process alone sees, and that end with it."""

import ctypes
import functools
import os
import subprocess
from pathlib import Path

from torture_kinds.faults import Skipped

CLONE_NEWNS = 0x00020000


def mount(folder: Path, size: int, *options: str) -> None:
    """Mount an empty file system of ``size`` bytes in memory.

    Raises:
        Skipped: this machine does not let us.
    """
    _own_mounts()
    folder.mkdir(exist_ok=True)
    _call("mount", "-t", "tmpfs", "-o", ",".join([f"size={size}", *options]), "torture", str(folder))


def remount(folder: Path, *options: str) -> None:
    """Change the options of a mounted file system, such as ``size=…`` or ``ro``."""
    _call("mount", "-o", ",".join(["remount", *options]), str(folder))


def unmount(folder: Path) -> None:
    """Give the memory back."""
    _call("umount", "-l", str(folder))


@functools.cache
def _own_mounts() -> None:
    """Mounts of this process are its own: no other sees them, and none is left behind."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise Skipped("only root may mount a file system")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        raise Skipped(f"no mount of our own: {os.strerror(ctypes.get_errno())}")
    _call("mount", "--make-rprivate", "/")


def _call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"{' '.join(words[:2])}: {done.stderr.strip()}")
