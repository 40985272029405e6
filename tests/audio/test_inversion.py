import librosa
import numpy as np
import pytest
import torch
from torch import Tensor

from gtzan.audio import inversion
from gtzan.audio.features import FeatureExtractor
from gtzan.audio.inversion import MfccInversion
from gtzan.errors import UserError

SAMPLE_RATE = 22050
SAMPLES = 2 * SAMPLE_RATE
SMALL = {"sample_rate": 8000, "n_fft": 512, "hop_length": 128, "n_mels": 40, "n_mfcc": 40}


def music(samples: int = SAMPLES, seed: int = 0) -> Tensor:
    """Four plucked chords with overtones over a hissing beat: ``(1, samples)``, within ±1."""
    rng = np.random.default_rng(seed)
    t = np.arange(samples) / SAMPLE_RATE
    beat = t % 0.5
    root = 110 * 2 ** (rng.integers(0, 12, 1 + int(t[-1] / 0.5)) / 12)[(t / 0.5).astype(int)]
    tones = sum(np.sin(2 * np.pi * root * ratio * k * t) / k for ratio in (1, 1.26, 1.5) for k in (1, 2, 3, 4))
    waveform = 0.1 * tones * np.exp(-3 * beat) + 0.05 * rng.standard_normal(samples) * np.exp(-20 * beat)
    return torch.from_numpy(waveform[None]).float()


def mfccs(waveform: Tensor, **settings) -> Tensor:
    extractor = FeatureExtractor(**settings)
    return extractor(waveform)[..., extractor.columns["mfcc"]]


def magnitudes(waveform: Tensor, n_fft: int = 2048, hop_length: int = 512) -> Tensor:
    stft = librosa.stft(waveform.numpy(), n_fft=n_fft, hop_length=hop_length)
    return torch.from_numpy(np.abs(stft)).mT


def spectral_convergence(estimate: Tensor, truth: Tensor) -> float:
    """The error's norm relative to the truth's, in dB; 0 dB is what silence gets."""
    return 20 * float(torch.log10((estimate - truth).norm() / truth.norm()))


def test_round_trip():
    """Of all 128 coefficients: magnitudes to −8 dB, the log-mel spectrogram to 1.8 dB, the level to 0.5 dB."""
    waveform = music()
    mfcc = mfccs(waveform, n_mfcc=128)
    inverse = MfccInversion(n_mfcc=128)
    again = inverse(mfcc, length=SAMPLES)
    assert again.shape == waveform.shape
    assert again.dtype == torch.float32
    assert spectral_convergence(magnitudes(again), magnitudes(waveform)) < -8
    difference = inverse.log_mel(mfccs(again, n_mfcc=128)) - inverse.log_mel(mfcc)
    assert difference.abs().mean() < 1.8
    assert 10 * (again.square().mean() / waveform.square().mean()).log10().abs() < 0.5


def test_the_error_is_at_most_librosa_s():
    waveform = music(SAMPLE_RATE)
    mfcc = mfccs(waveform, n_mfcc=128)
    ours = MfccInversion(n_mfcc=128)(mfcc, length=SAMPLE_RATE)
    theirs = librosa.feature.inverse.mfcc_to_audio(mfcc[0].numpy().T, sr=SAMPLE_RATE, length=SAMPLE_RATE)
    errors = [spectral_convergence(magnitudes(x), magnitudes(waveform)) for x in (ours, torch.from_numpy(theirs)[None])]
    assert errors[0] < errors[1]


@pytest.mark.parametrize("n_mfcc", [13, 128])
def test_log_mel_equals_librosa(n_mfcc):
    mfcc = mfccs(music(), n_mfcc=n_mfcc)
    expected = librosa.power_to_db(librosa.feature.inverse.mfcc_to_mel(mfcc[0].numpy().T), top_db=None).T
    np.testing.assert_allclose(MfccInversion(n_mfcc=n_mfcc).log_mel(mfcc)[0], expected, atol=1e-3)


def test_magnitudes_have_the_mel_spectrogram_that_they_were_made_from():
    """To 0.2 dB on average, in loud and in quiet bands."""
    inverse = MfccInversion(n_mfcc=128)
    log_mel = inverse.log_mel(mfccs(music(), n_mfcc=128))
    magnitude = inverse.magnitude(log_mel)
    assert magnitude.min() >= 0
    power = librosa.feature.melspectrogram(S=magnitude[0].square().numpy().T, sr=SAMPLE_RATE)
    error = np.abs(librosa.power_to_db(power, top_db=None).T - log_mel[0].numpy())
    quiet = log_mel[0].numpy() < log_mel.median().item()
    assert error[quiet].mean() < 0.2
    assert error[~quiet].mean() < 0.2


class FixedPhase(np.random.RandomState):
    """Gives librosa's Griffin-Lim phases in turns to start from."""

    def __init__(self, phase: Tensor) -> None:
        self.turns = phase[0].numpy().T / (2 * np.pi)

    def random(self, size):
        assert size == self.turns.shape
        return self.turns


@pytest.mark.parametrize("momentum", [0.0, 0.99])
@pytest.mark.parametrize(("n_fft", "hop_length"), [(2048, 512), (1024, 300), (512, 400)])
@pytest.mark.parametrize("block", [7, 64])
def test_griffin_lim_equals_librosa(momentum, n_fft, hop_length, block, monkeypatch):
    monkeypatch.setitem(inversion.BLOCKS, "cpu", block)
    waveform = music(20011)
    magnitude = magnitudes(waveform, n_fft, hop_length)
    inverse = MfccInversion(n_fft=n_fft, hop_length=hop_length, n_mels=40, iterations=8, momentum=momentum)
    phase = 2 * torch.pi * torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0))
    expected = librosa.griffinlim(
        magnitude[0].numpy().T,
        n_iter=8,
        hop_length=hop_length,
        momentum=momentum,
        length=20011,
        random_state=FixedPhase(phase),
    )
    again = inverse.griffin_lim(magnitude, 20011, phase)[0]
    np.testing.assert_allclose(again, expected, atol=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize("settings", [{**SMALL, "hop_length": 200}, {**SMALL, "hop_length": 512}, SMALL])
@pytest.mark.parametrize("length", [None, 0, 1, 4000, 4100, 20000])
def test_length(settings, length):
    waveform = music(4096)
    mfcc = mfccs(waveform, **settings)
    hop_length = settings["hop_length"]
    again = MfccInversion(**settings, iterations=2)(mfcc, length)
    assert again.shape == (1, (mfcc.shape[1] - 1) * hop_length if length is None else length)
    assert again.isfinite().all()
    assert not again[:, mfcc.shape[1] * hop_length :].any()
    if length is None:
        assert FeatureExtractor(**settings)(again).shape[1] == mfcc.shape[1]


def test_a_single_frame_needs_a_length():
    inverse = MfccInversion(**SMALL)
    mfcc = mfccs(music(100), **SMALL)
    assert inverse(mfcc).shape == (1, 0)
    assert inverse(mfcc, length=100).abs().max() > 0.01


def test_silence_stays_silent():
    again = MfccInversion(n_mfcc=128)(mfccs(torch.zeros(1, SAMPLES), n_mfcc=128))
    assert again.abs().max() < 1e-4  # −80 dB: the floor of the features is heard by nobody


def test_silence_within_a_clip_lies_as_deep_as_the_extractor_s_floor():
    waveform = music()
    waveform[:, SAMPLES // 2 :] = 0
    again = MfccInversion(n_mfcc=128)(mfccs(waveform, n_mfcc=128))
    loud, silent = again[:, : SAMPLES // 2], again[:, SAMPLES // 2 + 2048 :]
    assert silent.square().mean() < 1e-5 * loud.square().mean()


@pytest.mark.parametrize("value", [0.0, 1e3, -1e3, 1e30, -1e30, float("inf"), float("-inf")])
def test_extreme_values_stay_finite(value):
    inverse = MfccInversion(**SMALL)
    mfcc = torch.full((3, 9, 40), value)
    mfcc[1, :, 1:] = 0
    mfcc[2] *= torch.randn(9, 40, generator=torch.Generator().manual_seed(0)).sign()
    assert inverse.log_mel(mfcc).abs().max() <= inversion.MAX_DB
    assert inverse(mfcc).isfinite().all()


def test_mel_bands_without_bins_do_no_harm():
    settings = {**SMALL, "n_mels": 300, "n_mfcc": 300}
    with pytest.warns(UserWarning, match="all zero"):
        inverse = MfccInversion(**settings)
    assert inverse(torch.full((1, 5, 300), 10.0)).isfinite().all()


def test_a_batch_equals_its_clips():
    mfcc = torch.cat([mfccs(level * music(9000, seed), **SMALL) for seed, level in enumerate((1, 1e-3, 0, 100))])
    inverse = MfccInversion(**SMALL)
    together = inverse(mfcc)
    for clip, waveform in zip(mfcc, together, strict=True):
        assert torch.equal(inverse(clip[None])[0], waveform)


@pytest.mark.parametrize("max_frames", [10, 200, 16384])
def test_accelerators_larger_blocks_change_nothing(max_frames, monkeypatch):
    mfcc = torch.cat([mfccs(music(9000, seed), **SMALL) for seed in range(4)])
    inverse = MfccInversion(**SMALL)
    expected = inverse(mfcc)
    monkeypatch.setattr(inversion, "BLOCKS", {})
    monkeypatch.setattr(inversion, "MAX_FRAMES", max_frames)
    torch.testing.assert_close(inverse(mfcc), expected, rtol=0, atol=1e-3 * expected.abs().max().item())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same():
    mfcc = torch.cat([mfccs(music(seed=seed), n_mfcc=128) for seed in range(3)])
    inverse = MfccInversion(n_mfcc=128)
    expected = inverse(mfcc)
    waveform = inverse.cuda()(mfcc.cuda())
    assert waveform.is_cuda
    assert (waveform.cpu() - expected).norm() < 0.01 * expected.norm()


def test_other_floating_point_types_are_taken():
    mfcc = mfccs(music(9000), **SMALL)
    inverse = MfccInversion(**SMALL)
    assert torch.equal(inverse(mfcc.double()), inverse(mfcc))
    assert inverse(mfcc.bfloat16()).dtype == torch.float32


def test_the_number_of_threads_changes_nothing_and_stays():
    mfcc = mfccs(music(9000), **SMALL)
    inverse = MfccInversion(**SMALL)
    before = torch.get_num_threads()
    try:
        waveforms = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            waveforms.append(inverse(mfcc))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*waveforms)


def test_global_random_numbers_are_neither_used_nor_moved():
    mfcc = mfccs(music(9000), **SMALL)
    inverse = MfccInversion(**SMALL)
    torch.manual_seed(1)
    first, state = inverse(mfcc), torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(inverse(mfcc), first)
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


def test_more_iterations_and_momentum_help():
    waveform = music()
    truth = magnitudes(waveform)
    phase = 2 * torch.pi * torch.rand(truth.shape, generator=torch.Generator().manual_seed(0))
    few, many, plain = (
        spectral_convergence(magnitudes(MfccInversion(**options).griffin_lim(truth, SAMPLES, phase)), truth)
        for options in ({"iterations": 4}, {"iterations": 32}, {"iterations": 32, "momentum": 0})
    )
    assert many < few - 3
    assert many < plain - 3


def test_phases_from_the_magnitudes_beat_random_ones():
    """Half as many iterations come 3 dB closer."""
    truth = magnitudes(music())
    phase = 2 * torch.pi * torch.rand(truth.shape, generator=torch.Generator().manual_seed(0))
    ours = MfccInversion().griffin_lim(truth, SAMPLES)
    random = MfccInversion(iterations=32).griffin_lim(truth, SAMPLES, phase)
    errors = [spectral_convergence(magnitudes(waveform), truth) for waveform in (ours, random)]
    assert errors[0] < errors[1] - 3


def test_stretches_of_a_long_clip_join_without_a_trace(monkeypatch):
    """The magnitudes of no frame at a joint are further from those aimed at than without one."""
    waveform = music(4 * SAMPLE_RATE)
    mfcc, inverse = mfccs(waveform, n_mfcc=128), MfccInversion(n_mfcc=128)
    aim = inverse.magnitude(inverse.log_mel(mfcc))
    whole = inverse(mfcc, length=waveform.shape[1])
    monkeypatch.setattr(inversion, "STRETCH", 80)
    joined = inverse(mfcc, length=waveform.shape[1])
    assert joined.shape == whole.shape
    errors = [(magnitudes(found) - aim)[0].norm(dim=1) / aim.norm(dim=2).mean() for found in (whole, joined)]
    assert errors[1].mean() < 1.05 * errors[0].mean()
    assert errors[1].max() < 1.25 * errors[0].max()


@pytest.mark.parametrize("length", [None, 40 * 128, 64 * 128 + 50])
@pytest.mark.parametrize("frames", [33, 64, 65])
def test_stretches_give_as_many_samples_as_asked(monkeypatch, frames, length):
    mfcc, inverse = mfccs(music(127 * 128), **SMALL)[:, :frames], MfccInversion(**SMALL)
    whole = inverse(mfcc, length)
    monkeypatch.setattr(inversion, "STRETCH", 48)
    assert inverse(mfcc, length).shape == whole.shape


def test_a_stretch_is_longer_than_what_it_has_in_common_with_the_one_before(monkeypatch):
    settings = SMALL | {"hop_length": 32}
    mfcc = mfccs(music(299 * 32), **settings)
    monkeypatch.setattr(inversion, "STRETCH", 128)
    assert MfccInversion(**settings, iterations=1)(mfcc).shape == (1, 299 * 32)


def test_the_inverse_of_an_extractor_takes_its_settings():
    inverse = MfccInversion.of(FeatureExtractor(**SMALL, n_chroma=24).settings, iterations=5)
    assert inverse.settings == SMALL
    assert inverse.iterations == 5
    assert not inverse.state_dict()  # nothing to go into a checkpoint


def test_nan_is_named():
    mfcc = torch.zeros(1, 4, 40)
    mfcc[0, 2, 3] = torch.nan
    with pytest.raises(UserError, match="NaN"):
        MfccInversion(**SMALL)(mfcc)


@pytest.mark.parametrize("shape", [(4, 40), (1, 40, 4), (1, 0, 40), (0, 4, 40), (1, 1, 4, 40)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="batch, frames, 40"):
        MfccInversion(**SMALL)(torch.zeros(shape))


def test_whole_numbers_and_negative_lengths_are_refused():
    inverse = MfccInversion(**SMALL)
    with pytest.raises(ValueError, match="int64"):
        inverse(torch.zeros(1, 4, 40, dtype=torch.int64))
    with pytest.raises(ValueError, match="length"):
        inverse(torch.zeros(1, 4, 40), length=-1)


@pytest.mark.parametrize(
    "settings",
    [
        {"iterations": -1},
        {"iterations": 2.0},
        {"iterations": True},
        {"momentum": 1.1},
        {"momentum": -0.1},
        {"momentum": float("nan")},
        {"momentum": "0.9"},
        {"n_mfcc": 200},
        {"hop_length": 0},
    ],
)
def test_settings_that_make_no_sense(settings):
    with pytest.raises(UserError, match=next(iter(settings))):
        MfccInversion(**settings)
