"""The checksum of TensorFlow's files: CRC-32C (Castagnoli), of megabytes in milliseconds."""

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
LANES = 2**12  # parts of a message that are computed side by side
BITS = np.arange(32, dtype=np.uint32)


def _table() -> NDArray[np.uint32]:
    """What each value of a byte does to a register that is otherwise empty."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (table & np.uint32(1)) * np.uint32(POLYNOMIAL)
    return table


TABLE = _table()


def masked_crc32c(data: bytes) -> int:
    """The checksum of at least 4 bytes, rotated and shifted as LevelDB and TensorFlow store it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def crc32c(data: bytes) -> int:
    """CRC-32C of at least 4 bytes.

    The register is linear in the message: parts of equal length are computed side by side, and joined in pairs, the
    first of a pair followed by as many zeros as the second has bytes.
    """
    steps = -(-len(data) // LANES)
    message = np.zeros(LANES * steps, np.uint8)  # zeros before a message leave an empty register empty
    message[-len(data) :] = np.frombuffer(data, np.uint8)
    message[-len(data) : len(message) - len(data) + 4] ^= 0xFF  # as if it began with a full one
    parts = _after(message.reshape(LANES, steps), np.zeros(LANES, np.uint32))
    zeros = _after(np.zeros((32, steps), np.uint8), np.uint32(1) << BITS)  # what they make of each bit
    while len(parts) > 1:
        parts = _joined(zeros, parts[::2]) ^ parts[1::2]
        zeros = _joined(zeros, zeros)
    return int(parts[0]) ^ 0xFFFFFFFF


def _after(messages: NDArray[np.uint8], register: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Registers ``(n,)`` after messages ``(n, bytes)``."""
    for byte in messages.T:
        register = TABLE[(register ^ byte) & 0xFF] ^ register >> 8
    return register


def _joined(zeros: NDArray[np.uint32], registers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What so many zeros make of registers: the sum of what they make of their bits."""
    return np.bitwise_xor.reduce((registers[:, None] >> BITS & 1) * zeros, axis=1)
