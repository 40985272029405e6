"""A disk, or a quota, that is full."""

import errno
from pathlib import Path
from typing import TypeGuard


def is_full(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error says that there is no space left."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def no_space(error: OSError, folder: str | Path) -> str:
    """The same in a sentence.

    Args:
        error: names a file or does not.
        folder: where files are written.
    """
    return f"There is no space left on the disk of {error.filename or folder} ({error.strerror}): free some."
