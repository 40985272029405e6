import numpy as np
import pytest
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c as of_tensorboard

from gtzan.audio.encoders.crc32c import LANES, crc32c, masked_crc32c


def test_its_published_check_value():
    """RFC 3720 and the catalogue of CRCs have it."""
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize("length", [4, 5, LANES - 1, LANES, LANES + 1, 3 * LANES, 10 * LANES + 7])
def test_it_is_that_of_tensorboard_at_any_length(length):
    data = np.random.default_rng(length).bytes(length)
    assert masked_crc32c(data) == int(of_tensorboard(data))
