"""Hashes of files' content, cached between runs."""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from pathlib import Path

from gtzan.audio.formats import special_file_reason
from gtzan.audio.retry import retried
from gtzan.errors import UnreachableAudioError, reason_of
from gtzan.files import read_json, write_atomically

log = logging.getLogger(__name__)


def fingerprints(paths: list[Path], memory: Path, jobs: int | None = None) -> list[tuple[int, str]]:
    """Size in bytes and SHA-256 of every file.

    As in git's index, a file whose size, time of change and inode are those in the cache is not read again.

    Args:
        paths: the files.
        memory: the cache, a JSON file; made where missing, ignored where it cannot be read or written.
        jobs: threads (hashing lets the others run), one per core by default.

    Raises:
        UserError: a file cannot be read, at several attempts: it has no fingerprint, not even that of being broken.
    """
    known = read_json(memory) or {}

    def look(path: Path) -> tuple[str, list]:
        try:
            if reason := special_file_reason(path):
                raise UnreachableAudioError(path, reason)
            place = str(path.resolve())
            stat = path.stat()
            state = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
            match known.get(place):
                case [*remembered, str(content)] if remembered == state and len(content) == 64:
                    return place, [*state, content]
            with open(path, "rb") as file:
                return place, [*state, file_digest(file, "sha256").hexdigest()]
        except OSError as error:
            raise UnreachableAudioError(path, reason_of(error)) from error

    pool = ThreadPoolExecutor(jobs or os.cpu_count())
    try:
        entries = list(pool.map(lambda path: retried(lambda: look(path)), paths))
    finally:
        pool.shutdown(cancel_futures=True)
    if changed := {place: entry for place, entry in entries if known.get(place) != entry}:
        try:
            write_atomically(memory, json.dumps(known | changed))
        except OSError as error:  # a full or read-only disk: the next run reads the files again, no more
            log.debug("%s cannot be written: %s", memory, error)
    return [(entry[0], entry[3]) for _, entry in entries]
