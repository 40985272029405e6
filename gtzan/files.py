"""Atomic writes, and JSON without NaN."""

import errno
import json
import math
import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import get_ident
from typing import IO, Any

PART = ".part"
"""The suffix of a file that is being written; one that a killed process has left behind is of no use."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or a run after a kill, finds the old content or the new, never a part.

    Text is written as UTF-8; bytes of file names that no encoding knows are written escaped.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    replace_atomically(path, lambda file: file.write(data))


def replace_atomically(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Call ``write`` with a temporary file beside ``path``, flush it to the disk, then rename it to ``path``.

    It lies beside ``path``, not in the system's folder for temporary files, because a file can be renamed in one step
    only within a file system. When ``write`` raises, as on a full disk, the temporary file is removed and the old
    content stays.
    """
    # Unique to this process and thread; not the whole name, to which file systems may allow no more letters.
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}.{get_ident()}{PART}")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def require_regular(path: Path) -> None:
    """Raises an :class:`OSError` for a path that is missing, or whose reading may never end: a pipe, a device."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def read_json(path: Path) -> dict | None:
    """The object in a JSON file; ``None`` where the file is missing, unreadable, damaged or holds something else."""
    try:
        require_regular(path)
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    """Write valid JSON atomically: numbers that are not finite, which JSON does not have, become ``null``."""
    text = json.dumps(finite_or_none(value), indent=indent, ensure_ascii=False, allow_nan=False)
    write_atomically(path, text + "\n")


def finite_or_none(value: Any) -> Any:
    """The same nested value with ``None`` in place of NaN and infinite numbers."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite_or_none(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_or_none(item) for item in value]
    return value
