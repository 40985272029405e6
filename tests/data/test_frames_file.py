import io

import numpy as np
import pytest

from gtzan.data.frames_file import checksum, open_frames, write_frames

PARTS = [np.arange(12, dtype=np.float32).reshape(4, 3), np.empty((0, 3), np.float32), np.ones((2, 3), np.float32)]
SUMS = [checksum([part]) for part in PARTS]


@pytest.fixture
def path(tmp_path):
    with open(tmp_path / "frames.npy", "wb") as file:
        write_frames(file, PARTS, 6, 3)
    return tmp_path / "frames.npy"


def test_numpy_reads_what_was_written(path):
    frames = open_frames(path, 3, [4, 0, 2], SUMS)
    assert isinstance(frames, np.memmap)
    np.testing.assert_array_equal(frames, np.concatenate(PARTS))
    np.testing.assert_array_equal(np.load(path), frames)
    assert checksum(PARTS) == checksum([frames])


def test_every_flipped_bit_is_noticed(path):
    content = path.read_bytes()
    for i in range(len(content)):
        for bit in range(8):
            path.write_bytes(content[:i] + bytes([content[i] ^ (1 << bit)]) + content[i + 1 :])
            with pytest.raises(ValueError, match="frames"):
                open_frames(path, 3, [4, 0, 2], SUMS)


@pytest.mark.parametrize("other", [np.float64, ">f4", np.int32])
def test_other_numbers_are_refused(path, other):
    np.save(path, np.concatenate(PARTS).astype(other))
    with pytest.raises(ValueError, match="frames"):
        open_frames(path, 3, [4, 0, 2], SUMS)


def test_another_order_and_another_shape_are_refused(path):
    np.save(path, np.asfortranarray(np.concatenate(PARTS)))
    with pytest.raises(ValueError, match="header"):
        open_frames(path, 3, [4, 0, 2], SUMS)
    for columns, lengths in ((2, [4, 0, 5]), (3, [10**12, 0, 2])):
        with pytest.raises(ValueError, match="frames"):
            open_frames(path, columns, lengths, SUMS)


def test_a_disk_that_is_full_raises_an_error(path):
    class FullDisk(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_frames(FullDisk(), PARTS, 6, 3)
