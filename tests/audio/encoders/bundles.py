"""Write TensorFlow's checkpoints, as far as tests need them."""

from pathlib import Path

import numpy as np
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def checksum(data: bytes) -> bytes:
    return int(masked_crc32c(data)).to_bytes(4, "little")


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A block whose keys share what they can with the one before, with its type and checksum."""
    out, before = b"", b""
    for key, value in entries:
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), min(len(key), len(before))
        )
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    out += (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\0"
    return out + checksum(out)


def write_bundle(prefix: str, tensors: dict[str, np.ndarray], *, dtype: int = 1, per_block: int = 3) -> None:
    """Write ``<prefix>.index`` and ``<prefix>.data-00000-of-00001``, a few tensors in each block."""
    data, entries = b"", [(b"", field(1, 1))]
    for name, tensor in sorted(tensors.items()):
        own = tensor.astype("<f4").tobytes()
        crc = varint(6 << 3 | 5) + checksum(own)
        shape = b"".join(field(2, field(1, size)) for size in tensor.shape)
        place = [field(4, len(data))] * bool(data)  # zero is left out, as protocol buffers do
        entries.append(
            (name.encode(), b"".join([field(1, dtype), field(2, shape), *place, field(5, tensor.nbytes), crc]))
        )
        data += own
    table, index = b"", []
    for i in range(0, len(entries), per_block):
        part = block(entries[i : i + per_block])
        index.append((entries[i : i + per_block][-1][0], varint(len(table)) + varint(len(part) - 5)))
        table += part
    handles = b""
    for part in (block([]), block(index)):
        handles += varint(len(table)) + varint(len(part) - 5)
        table += part
    table += handles.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")
    Path(f"{prefix}.index").write_bytes(table)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)
