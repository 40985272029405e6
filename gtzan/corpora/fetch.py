"""Get GTZAN: download its archive, extract it safely, check it."""

import errno
import logging
import os
import tempfile
import urllib.parse
import zlib
from pathlib import Path

from gtzan.corpora.archive import extract
from gtzan.corpora.check import CheckReport, check_corpus
from gtzan.corpora.download import download
from gtzan.corpora.gtzan import find_genres
from gtzan.errors import UserError

log = logging.getLogger(__name__)

GTZAN_URL = "https://huggingface.co/datasets/marsyas/gtzan/resolve/main/data/genres.tar.gz"


class _DiskFullError(UserError):
    """The one failure of an extraction that the archive is not to blame for."""


def fetch_gtzan(url: str = GTZAN_URL, to: str | Path = "data/gtzan") -> CheckReport:
    """Bring GTZAN into a folder that was not there before; it appears complete or not at all.

    Args:
        url: address or path of a ``.tar.gz``, ``.tar`` or ``.zip`` archive in any layout that ``gtzan_corpus`` finds.
        to: the new folder; the download waits beside it and is removed once extracted.

    Returns:
        What the check of the extracted files found.

    Raises:
        UserError: ``to`` is in use, the download fails (see ``download``), or the archive is damaged, unsafe or
            does not hold GTZAN.
    """
    to = Path(to).expanduser()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UserError(
            f"{to} exists already: check it with `gtzan data check {to}`, or choose another folder with --to."
        )
    local = urllib.parse.unquote(url[len("file://") :]) if url.lower().startswith("file://") else url
    archive = Path(local).expanduser()
    if os.path.isfile(archive):  # Path.is_file raises where a name is too long
        return _unpack(archive, to)

    # Named by its address, so that an archive from elsewhere is not taken for it.
    archive = to.parent / f".{to.name}.{zlib.crc32(url.encode()):08x}.archive"
    if not archive.exists():  # an earlier run may have ended between download and extraction
        download(url, archive)
    try:
        report = _unpack(archive, to)
    except _DiskFullError:
        raise
    except UserError:
        archive.unlink()  # to be downloaded again, not tried again for ever
        raise
    archive.unlink()
    return report


def _unpack(archive: Path, to: Path) -> CheckReport:
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name}-", dir=to.parent) as temporary:
        folder = Path(temporary) / "extracted"
        folder.mkdir()
        log.info("extracting %s", archive)
        try:
            extract(archive, folder)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise _DiskFullError(
                f"The disk of {to.parent} is full: make room (GTZAN takes 1.4 GB) and try again."
            ) from error
        try:
            find_genres(folder)
        except UserError as error:
            raise UserError(
                f"{archive} holds no GTZAN: expected genres/, genres_original/ or genre folders."
            ) from error
        if to.exists():
            to.rmdir()
        folder.rename(to)
    return check_corpus(to, "gtzan")
