"""``.npy`` files of frames: written from beginning to end, checked to the last bit, memory-mapped."""

import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from gtzan.files import require_regular

DTYPE = np.dtype("<f4")
_BLOCK = 1 << 24  # bytes


def write_frames(file: IO[bytes], parts: Iterable[np.ndarray], rows: int, columns: int) -> None:
    """Write ``parts``, each ``(rows of its own, columns)``, one after the other.

    Not into a memory map: on a disk that fills up, a map ends the process where a write raises an error.

    Raises:
        OSError: the disk is full or fails.
    """
    file.write(_header(rows, columns))
    for part in parts:
        if part.size:
            file.write(np.ascontiguousarray(part, DTYPE).data)


def checksum(parts: Iterable[np.ndarray]) -> int:
    """CRC-32 of parts as they are written one after the other."""
    result = 0
    for part in parts:
        if part.size:
            result = zlib.crc32(np.ascontiguousarray(part, DTYPE).data, result)
    return result


def open_frames(path: Path, columns: int, lengths: list[int], checksums: list[int]) -> np.memmap:
    """Map a file whose parts have these lengths and checksums, after reading every byte of it.

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: it holds anything else, in its header, its size or its content.
    """
    require_regular(path)
    header = _header(sum(lengths), columns)
    with open(path, "rb") as file:
        if file.seek(0, 2) != len(header) + sum(lengths) * columns * DTYPE.itemsize:
            raise ValueError(f"{path.name} has another size than it should have")
        file.seek(0)
        if file.read(len(header)) != header:
            raise ValueError(f"{path.name} has another header than it should have")
        for length, expected in zip(lengths, checksums, strict=True):
            if _checksum(file, length * columns * DTYPE.itemsize) != expected:
                raise ValueError(f"the content of {path.name} does not match its checksums")
    return np.memmap(path, DTYPE, mode="r", offset=len(header), shape=(sum(lengths), columns))


def _checksum(file: IO[bytes], size: int) -> int:
    result = 0
    while size and (data := file.read(min(size, _BLOCK))):
        result = zlib.crc32(data, result)
        size -= len(data)
    return result


def _header(rows: int, columns: int) -> bytes:
    """Version 1.0 of NumPy's format, always the same bytes: a header is compared, never parsed."""
    text = f"{{'descr': '{DTYPE.str}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    padded = text.ljust(-(-(10 + len(text) + 1) // 64) * 64 - 10 - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded.encode("ascii")
