"""JSON files that carry a checksum of themselves: a change of them is noticed, down to a single bit."""

import json
from hashlib import sha256
from pathlib import Path

from gtzan.files import require_regular, write_atomically


def write_sealed_json(path: Path, facts: dict) -> None:
    """Write plain values, with text of any characters, bytes of no encoding in file names included."""
    write_atomically(path, _sealed(facts))


def read_sealed_json(path: Path) -> dict:
    """What :func:`write_sealed_json` wrote.

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: the file is damaged, or was edited.
    """
    require_regular(path)
    content = path.read_bytes()
    try:
        facts = json.loads(content)
        sealed = isinstance(facts, dict) and "sha256" in facts
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    # Compared as text, not by the checksum alone: JSON has several spellings of the same content.
    if not sealed or _sealed({key: value for key, value in facts.items() if key != "sha256"}).encode() != content:
        raise ValueError("its content does not match its checksum")
    del facts["sha256"]
    return facts


def _sealed(facts: dict) -> str:
    return json.dumps(facts | {"sha256": sha256(json.dumps(facts).encode()).hexdigest()})
