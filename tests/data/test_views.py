import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gtzan.audio.features import TOP_DB, FeatureExtractor
from gtzan.data.blocks import MODULATIONS, band_correlations, modulation_spectrum, percentiles
from gtzan.data.views import Blocks, LogMels, log_mels
from gtzan.errors import UserError
from tests.conftest import RATE


def dct() -> torch.Tensor:
    return FeatureExtractor(n_mfcc=128).dct


@pytest.fixture(scope="module")
def waveform() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(1, RATE, generator=generator) * torch.logspace(-6, -1, RATE)


def test_log_mels_are_those_that_the_mfccs_were_made_of(waveform):
    extractor = FeatureExtractor(n_mfcc=128)
    mfcc = extractor(waveform)[..., extractor.columns["mfcc"]]
    decibels = extractor.decibels(extractor.magnitude(F.pad(waveform, (1024, 1024))).square())
    expected = decibels.maximum(decibels.max() - TOP_DB)[0].T
    assert expected.min() > decibels.min()
    picture = LogMels()(mfcc)
    assert picture.shape == (1, 1, *expected.shape)
    np.testing.assert_allclose(picture[0, 0], expected, atol=1e-2)
    np.testing.assert_allclose(LogMels(bands=64)(mfcc)[0, 0], expected.reshape(64, 2, -1).mean(1), atol=1e-2)


def test_bands_that_cannot_be_averaged_are_refused():
    with pytest.raises(UserError, match="choose a divisor"):
        LogMels(bands=48)(torch.zeros(1, 2, 128))


def test_blocks_are_finite_and_hear_rhythm_where_the_mean_spectrum_is_the_same():
    time = torch.arange(430) * 512 / RATE
    slow, fast = (20 * torch.sin(2 * np.pi * hertz * time)[:, None].expand(-1, 128) for hertz in (1.1, 3.8))
    noise = torch.randn(430, 128, generator=torch.Generator().manual_seed(0))
    features = Blocks()(torch.stack([slow + noise, fast + noise, torch.zeros_like(noise)]) @ dct())
    assert features.shape == (3, 1650)
    assert torch.isfinite(features).all()
    modulations = modulation_spectrum(torch.stack([slow, fast])[..., ::4]).unflatten(-1, (32, -1))
    edges = torch.tensor(MODULATIONS) * RATE / 512 / 256
    for rhythm, hertz in zip(modulations, (1.1, 3.8), strict=True):
        loudest = int(rhythm[0].argmax())
        assert edges[loudest] <= hertz <= edges[loudest + 1]


def test_correlations_and_percentiles_are_numpys():
    bands = torch.randn(2, 101, 5, generator=torch.Generator().manual_seed(0))
    above = np.triu_indices(5, 1)
    expected = [np.corrcoef(one.numpy().T)[above] for one in bands]
    np.testing.assert_allclose(band_correlations(bands), expected, atol=1e-5)
    expected = np.percentile(bands.numpy(), [10, 90], axis=1).swapaxes(0, 1).reshape(2, -1)
    np.testing.assert_allclose(percentiles(bands, (0.1, 0.9)), expected, atol=1e-6)


@pytest.mark.parametrize("frames", [4, 22, 300])
def test_short_passages_have_as_many_block_features(frames):
    assert Blocks()(torch.randn(1, frames, 128)).isfinite().all()


def test_blocks_are_the_same_where_gradients_are_wanted():
    frames = torch.randn(2, 30, 128, generator=torch.Generator().manual_seed(0))
    features = Blocks()(frames.clone().requires_grad_())
    torch.testing.assert_close(features.detach(), Blocks()(frames), rtol=0, atol=0)
    assert features.requires_grad


def test_gradients_pass_through_log_mels_after_a_prediction():
    frames = torch.randn(1, 10, 24)
    with torch.inference_mode():
        log_mels(frames)
    log_mels(frames.clone().requires_grad_()).sum().backward()
