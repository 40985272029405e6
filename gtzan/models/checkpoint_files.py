"""Find the checkpoint that training resumes from, without importing Lightning."""

import logging
import os
from pathlib import Path
from zipfile import ZipFile

log = logging.getLogger(__name__)

LAST, PREVIOUS = "last.ckpt", "previous.ckpt"
"""Of the last epoch, and of the one before it, should the last one be damaged."""


def checkpoint_to_resume(folder: Path) -> Path | None:
    """The last checkpoint in a folder; ``None`` where there is none that can be read.

    Where the last one is damaged, a warning says so, and the one before takes its place.
    """
    last, previous = folder / LAST, folder / PREVIOUS
    if is_whole(last):
        return last
    if is_whole(previous):
        log.warning("%s is %s: training goes on from the one before.", last, "damaged" if last.exists() else "missing")
        os.replace(previous, last)
        return last
    if last.exists():
        log.warning("%s is damaged, and so is, or missing, the one before: training starts from the beginning.", last)
    return None


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint, which is a ZIP archive, is there and agrees with its checksums."""
    try:
        with ZipFile(checkpoint) as archive:
            return archive.testzip() is None
    except Exception:  # which one depends on the bytes that are damaged
        return False


def keep_previous(checkpoint: Path) -> None:
    """Keep the last checkpoint, which is about to be replaced, as the previous one; at any time one of them exists."""
    previous = checkpoint.with_name(PREVIOUS)
    link = checkpoint.with_name(f".{PREVIOUS}.{os.getpid()}.part")
    link.unlink(missing_ok=True)
    try:
        os.link(checkpoint, link)
        os.replace(link, previous)
    except FileNotFoundError:  # the first one has none before it
        pass
    except OSError:  # a file system without links
        os.replace(checkpoint, previous)
    finally:
        link.unlink(missing_ok=True)  # where both were the same file, nothing was renamed
