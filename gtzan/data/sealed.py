"""JSON files with a checksum of their content, so that the change of a single bit is noticed."""

import json
from hashlib import sha256
from pathlib import Path

from gtzan.files import require_regular, write_atomically

SEAL = b', "sha256": "'  # the last key, whose value is the checksum of the object without this key


def write_sealed_json(path: Path, values: dict) -> None:
    """Write plain values, with text of any characters, bytes of no encoding in file names included."""
    body = json.dumps(values).encode()[:-1]
    write_atomically(path, body + _seal(body))


def read_sealed_json(path: Path) -> dict:
    """What :func:`write_sealed_json` wrote.

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: the file is damaged, or was edited.
    """
    require_regular(path)
    content = path.read_bytes()
    end = max(0, content.rfind(SEAL))
    if content[end:] != _seal(memoryview(content)[:end]):
        raise ValueError("its content does not match its checksum")
    try:
        values = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    del values["sha256"]
    return values


def _seal(body: bytes | memoryview) -> bytes:
    """The end of a file: the checksum of an object without its closing brace, which follows the checksum."""
    digest = sha256(body)
    digest.update(b"}")
    return SEAL + digest.hexdigest().encode() + b'"}'
