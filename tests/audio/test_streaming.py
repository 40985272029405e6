import numpy as np
import pytest
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.streaming import features_of_stream
from tests.audio.test_features import chord, noise


def clip():
    """Loud at its end, detuned, with silence in it: what belongs to the clip is known only when it has been heard."""
    parts = [0.01 * chord(30)[:40000], np.zeros(5000), noise()[:9000] * 1e-3, chord(-20)[:30000]]
    return np.concatenate(parts).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 7, 50])
@pytest.mark.parametrize("settings", [{}, {"n_fft": 512, "hop_length": 700, "tuning": False}])
def test_a_stream_has_the_features_of_the_whole(frames, settings):
    waveform = clip()
    extractor = FeatureExtractor(**settings)
    expected = extractor(torch.from_numpy(waveform)[None])[0].numpy()
    blocks = [waveform[:1], waveform[1:1], *np.array_split(waveform[1:], 9)]
    bins = extractor.settings["n_fft"] // 2 + 1
    parts = list(features_of_stream(extractor, lambda: blocks, whole=0, piece=frames * bins))
    assert len(parts) == -(-len(expected) // frames)
    found = np.concatenate(parts)
    exact = slice(-2, None)  # roll-off and zero crossings
    np.testing.assert_array_equal(found[:, exact], expected[:, exact])
    scale = np.abs(expected).max(axis=0)  # sums over bins are rounded otherwise in matrices of other sizes
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-5)


def test_a_short_clip_is_read_only_once():
    waveform, reads = noise().astype(np.float32), []

    def blocks():
        reads.append(1)
        return [waveform]

    (features,) = features_of_stream(FeatureExtractor(), blocks)
    assert len(features) == 1 + len(waveform) // 512
    assert len(reads) == 1
