"""Read TensorFlow's checkpoints without TensorFlow.

A checkpoint is a table of LevelDB, ``<prefix>.index``, whose values say where each tensor lies in
``<prefix>.data-00000-of-00001``. Formats: LevelDB's ``doc/table_format.md``, and ``tensor_bundle.proto`` and
``tensor_shape.proto`` of TensorFlow. Uncompressed tables and float32 tensors in one file are read, nothing else, and
every block and tensor is checked against its checksum.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gtzan.audio.encoders.crc32c import masked_crc32c

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48  # bytes
FLOAT32 = 1  # in TensorFlow's enumeration of types


def read_tensors(prefix: str) -> dict[str, np.ndarray]:
    """Every float32 tensor of a checkpoint, by its name.

    Args:
        prefix: the path of its files without ``.index`` and ``.data-00000-of-00001``.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is damaged, or is no such checkpoint.
    """
    index = Path(f"{prefix}.index").read_bytes()
    data = Path(f"{prefix}.data-00000-of-00001").read_bytes()
    try:
        return {name: tensor for name, entry in _entries(index) if (tensor := _tensor(entry, data)) is not None}
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{prefix}.index is damaged: {error}") from error


def _entries(table: bytes) -> Iterator[tuple[str, dict[int, list]]]:
    """The name and the fields of each tensor's entry."""
    footer = table[-FOOTER:]
    if len(footer) < FOOTER or footer[-8:] != MAGIC:
        raise ValueError("it is no table of LevelDB")
    _, _, position = _handle(footer, 0)  # of the meta index
    offset, size, _ = _handle(footer, position)
    for _, handle in _block(table, offset, size):
        for key, value in _block(table, *_handle(handle, 0)[:2]):
            if key:  # the empty one is the header's
                yield key.decode(), _fields(value)


def _tensor(entry: dict[int, list], data: bytes) -> np.ndarray | None:
    """The tensor of an entry; ``None`` where it has another type."""
    if entry[1][0] != FLOAT32:
        return None
    shape = [_fields(size).get(1, [0])[0] for size in _fields(entry[2][0]).get(2, [])] if 2 in entry else []
    offset, size = entry.get(4, [0])[0], entry.get(5, [0])[0]
    if entry.get(3, [0])[0] != 0 or size != 4 * math.prod(shape) or offset + size > len(data):
        raise ValueError("a tensor does not lie within the data")
    if 6 not in entry or masked_crc32c(data[offset : offset + size]) != int.from_bytes(entry[6][0], "little"):
        raise ValueError("a tensor is not as its checksum says")
    return np.frombuffer(data, "<f4", math.prod(shape), offset).reshape(shape)


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values in a block; a key's beginning is that of the one before."""
    block = table[offset : offset + size]
    if len(block) < size or table[offset + size] != 0:
        raise ValueError("a block is missing or compressed")
    if masked_crc32c(table[offset : offset + size + 1]) != int.from_bytes(table[offset + size + 1 :][:4], "little"):
        raise ValueError("a block is not as its checksum says")
    end = size - 4 * (int.from_bytes(block[-4:], "little") + 1)  # restart points, and their number
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        own, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + own]
        position += own
        yield key, block[position : position + length]
        position += length


def _handle(data: bytes, position: int) -> tuple[int, int, int]:
    """Offset and size of a block, and the position after them."""
    offset, position = _varint(data, position)
    size, position = _varint(data, position)
    return offset, size, position


def _fields(message: bytes) -> dict[int, list]:
    """The values of a protocol buffer's fields, by their numbers: integers, or bytes."""
    fields: dict[int, list] = {}
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, position = _varint(message, position)
        else:
            if kind == 2:
                length, position = _varint(message, position)
            else:
                length = {1: 8, 5: 4}[kind]
            value = message[position : position + length]
            position += length
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """An integer of seven bits a byte, the lowest first, and the position after it."""
    value = 0
    for shift in range(0, 64, 7):
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise ValueError("an integer has more than 64 bits")
