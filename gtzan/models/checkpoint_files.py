"""Verify checkpoint files, and find the one that training resumes from, without importing torch."""

import io
import logging
import os
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

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
        log.warning("%s is %s: training resumes from the one before.", last, "damaged" if last.exists() else "missing")
        os.replace(previous, last)
        return last
    if last.exists():
        log.warning("%s is damaged, and so is, or missing, the one before: training starts from the beginning.", last)
    return None


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint is there and agrees with its checksums."""
    try:
        verified_content(checkpoint)
    except Exception:  # which one depends on the bytes that are damaged
        return False
    return True


def verified_content(checkpoint: str | Path) -> io.BytesIO:
    """A checkpoint, which is a ZIP archive, written anew from members that agree with their checksums.

    torch compares no checksums, and one bit of the archive's directory makes it take a member for a folder, whose
    weights are then whatever memory holds. What is written here has no header but Python's own.

    Raises:
        BadZipFile: it is damaged, or packed, which torch's never are: some kilobytes might fill the memory.
        OSError: it cannot be read.
    """
    content = io.BytesIO()
    with ZipFile(checkpoint) as archive, ZipFile(content, "w") as copy:
        members = archive.infolist()
        packed = any(member.compress_type != ZIP_STORED for member in members)
        if packed or sum(member.file_size for member in members) > Path(checkpoint).stat().st_size:
            raise BadZipFile("its members are packed")
        for member in members:
            copy.writestr(member.filename, archive.read(member))
    content.seek(0)
    return content


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
