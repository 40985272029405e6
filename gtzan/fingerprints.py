"""What a file holds, told by a hash that is remembered between runs."""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from pathlib import Path

from gtzan.files import read_json, write_atomically

log = logging.getLogger(__name__)


def fingerprints(paths: list[Path], memory: Path, jobs: int | None = None) -> list[tuple[int, str]]:
    """Size in bytes and SHA-256 of every file; ``(-1, "")`` for one that cannot be read.

    As in git's index, a file with the size, the time of change and the inode that the memory knows is not read again.

    Args:
        paths: the files.
        memory: a JSON file for what was hashed; made where missing, ignored where unreadable.
        jobs: threads (hashing lets the others run), one per core by default.
    """
    known = read_json(memory)
    if known is None:
        known = {}
        if memory.exists():
            log.warning("%s is damaged: every file is hashed anew.", memory)

    def look(path: Path) -> tuple[str, list]:
        place = str(path.resolve())
        try:
            stat = path.stat()
            state = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
            entry = known.get(place)
            if isinstance(entry, list) and entry[:3] == state and isinstance(entry[-1], str):
                return place, entry
            with open(path, "rb") as file:
                return place, [*state, file_digest(file, "sha256").hexdigest()]
        except OSError:
            return place, [-1, 0, 0, ""]

    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        entries = list(pool.map(look, paths))
    if changed := {place: entry for place, entry in entries if known.get(place) != entry}:
        write_atomically(memory, json.dumps(known | changed))
    return [(entry[0], entry[3]) for _, entry in entries]
