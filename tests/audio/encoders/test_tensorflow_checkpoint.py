from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from gtzan.audio.encoders.tensorflow_checkpoint import read_tensors
from tests.audio.encoders.bundles import write_bundle

TENSORS = {
    "conv2d/kernel": np.arange(12, dtype=np.float32).reshape(2, 3, 1, 2),
    "conv2d/bias": np.float32([1, -2]),
    "dense/kernel": np.ones((300, 2), np.float32),
    "power": np.float32(0.9),
}


@pytest.fixture
def prefix(tmp_path) -> str:
    write_bundle(f"{tmp_path}/", TENSORS)
    return f"{tmp_path}/"


def test_tensors_are_read_as_they_were_written(prefix):
    found = read_tensors(prefix)
    assert found.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        np.testing.assert_array_equal(found[name], tensor)


def test_tensors_of_other_types_are_left_out(tmp_path):
    write_bundle(f"{tmp_path}/", TENSORS, dtype=9)
    assert read_tensors(f"{tmp_path}/") == {}


def test_a_damaged_file_is_an_error_and_never_more(prefix):
    """Whatever byte is changed, and wherever a file ends: the same tensors, or an error in words."""
    index = Path(f"{prefix}.index")
    whole = index.read_bytes()
    for position in range(len(whole)):
        index.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        with suppress(ValueError):
            for name, tensor in read_tensors(prefix).items():  # of the footer, padding may change
                np.testing.assert_array_equal(tensor, TENSORS[name])
    for length in range(len(whole)):
        index.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"\w"):
            read_tensors(prefix)


def test_a_changed_tensor_is_noticed(prefix):
    data = Path(f"{prefix}.data-00000-of-00001")
    whole = data.read_bytes()
    data.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    with pytest.raises(ValueError, match="a tensor is not as its checksum says"):
        read_tensors(prefix)


def test_data_that_ends_early_is_named(prefix):
    data = Path(f"{prefix}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(ValueError, match="within the data"):
        read_tensors(prefix)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tensors(f"{tmp_path}/")
