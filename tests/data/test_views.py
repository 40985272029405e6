import numpy as np
import pytest
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.data.views import LogMels
from gtzan.errors import UserError
from tests.conftest import RATE


@pytest.fixture(scope="module")
def waveform() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32) * np.geomspace(1e-4, 1, RATE)


def test_log_mels_of_every_mfcc_equal_librosas(waveform):
    import librosa

    extractor = FeatureExtractor(n_mfcc=128)
    mfcc = extractor(torch.from_numpy(waveform)[None])[..., extractor.columns["mfcc"]]
    power = librosa.feature.melspectrogram(y=waveform, sr=RATE)
    expected = librosa.power_to_db(power, top_db=80)
    picture = LogMels()(mfcc)
    assert picture.shape == (1, 1, *expected.shape)
    np.testing.assert_allclose(picture[0, 0], expected, atol=1e-2)
    np.testing.assert_allclose(LogMels(bands=64)(mfcc)[0, 0], expected.reshape(64, 2, -1).mean(1), atol=1e-2)


def test_bands_that_cannot_be_averaged_are_refused():
    with pytest.raises(UserError, match="choose a divisor"):
        LogMels(bands=48)(torch.zeros(1, 2, 128))
