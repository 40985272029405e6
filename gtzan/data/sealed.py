"""JSON files with a checksum of their content, so that the change of a single bit is noticed."""

import json
from hashlib import sha256
from pathlib import Path

from gtzan.files import require_regular, write_atomically


def write_sealed_json(path: Path, values: dict) -> None:
    """Write plain values, with text of any characters, bytes of no encoding in file names included."""
    write_atomically(path, _sealed(values))


def read_sealed_json(path: Path) -> dict:
    """What :func:`write_sealed_json` wrote.

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: the file is damaged, or was edited.
    """
    require_regular(path)
    content = path.read_bytes()
    try:
        values = json.loads(content)
        sealed = isinstance(values, dict) and "sha256" in values
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    # Compared as text, not by the checksum alone: JSON has several spellings of the same content.
    if not sealed or _sealed({key: value for key, value in values.items() if key != "sha256"}).encode() != content:
        raise ValueError("its content does not match its checksum")
    del values["sha256"]
    return values


def _sealed(values: dict) -> str:
    return json.dumps(values | {"sha256": sha256(json.dumps(values).encode()).hexdigest()})
