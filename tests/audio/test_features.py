import librosa
import numpy as np
import pytest
import torch

from gtzan.audio.features import FeatureExtractor, feature_matrix
from gtzan.errors import UserError

SAMPLE_RATE = 22050
SECONDS = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE


def tone(frequency: float) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * SECONDS)


def chord(cents: float = 0) -> np.ndarray:
    """A minor, with overtones."""
    notes = [440 * 2 ** ((semitones + cents / 100) / 12) for semitones in (0, 3, 7)]
    return sum(0.1 / overtone * tone(note * overtone) for note in notes for overtone in (1, 2, 3))


def noise(samples: int = len(SECONDS), seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(samples)


def clicks() -> np.ndarray:
    waveform = np.zeros(len(SECONDS))
    waveform[[5000, 15011, 30000]] = 1, -1, 0.5
    return waveform


CLIPS = {
    "tone below the tuning's range": tone(55),
    "tone": 0.5 * tone(440),
    "tone between two bins": 0.5 * tone(1004.3),
    "high tone": tone(9000),
    "chord": chord(),
    "chord 30 cents sharp": chord(30),
    "chord 30 cents flat": chord(-30),
    "noise": noise(),
    "noise at the edge of hearing": 1e-5 * noise(),
    "loud noise": 1e3 * noise(),
    "silence": np.zeros(len(SECONDS)),
    "constant": np.full(len(SECONDS), 0.5),
    "clicks": clicks(),
    "a chord, then silence": np.where(SECONDS < 1, chord(), 0),
    "loud, then very quiet": np.where(SECONDS < 1, chord(), 1e-6 * noise()),
    **{f"{n} samples": noise(n) for n in (1, 2, 511, 512, 513, 2047, 2048, 2049, 30001)},
}


def librosa_features(y: np.ndarray, sr: int, n_fft: int, hop_length: int, n_mels: int, n_mfcc: int) -> dict:
    stft = {"sr": sr, "n_fft": n_fft, "hop_length": hop_length}
    zcr = librosa.feature.zero_crossing_rate(y, frame_length=n_fft, hop_length=hop_length)
    return {
        "mfcc": librosa.feature.mfcc(y=y, n_mfcc=n_mfcc, n_mels=n_mels, **stft),
        "chroma": librosa.feature.chroma_stft(y=y, **stft),
        "spectral_centroid": librosa.feature.spectral_centroid(y=y, **stft),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(y=y, **stft),
        "spectral_rolloff": librosa.feature.spectral_rolloff(y=y, **stft),
        "zero_crossing_rate": zcr,
    }


def assert_equals_librosa(waveform: np.ndarray, **settings) -> None:
    """Every number of every feature within 1e-4 of the feature's largest value in the clip."""
    extractor = FeatureExtractor(**settings)
    y = waveform.astype(np.float32)
    features = extractor(torch.from_numpy(y)[None])
    assert features.dtype == torch.float32
    s = extractor.settings
    expected = librosa_features(y, s["sample_rate"], s["n_fft"], s["hop_length"], s["n_mels"], s["n_mfcc"])
    assert features.shape == (1, expected["mfcc"].shape[1], len(extractor.names))
    for name, columns in extractor.columns.items():
        ours, theirs = features[0, :, columns].numpy().T, expected[name]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * np.abs(theirs).max(), err_msg=name)


@pytest.mark.filterwarnings("ignore:n_fft=:UserWarning", "ignore:Trying to estimate tuning:UserWarning")
@pytest.mark.parametrize("clip", CLIPS)
def test_equals_librosa(clip):
    assert_equals_librosa(CLIPS[clip])


@pytest.mark.parametrize(
    "settings",
    [
        {"n_mfcc": 40},
        {"n_mfcc": 128},
        {"sample_rate": 16000, "n_fft": 1024, "hop_length": 300, "n_mels": 64, "n_mfcc": 13},
        {"sample_rate": 44100, "n_fft": 4096, "hop_length": 1024},
    ],
)
def test_equals_librosa_with_other_settings(settings):
    assert_equals_librosa(chord(20) + 0.1 * noise(), **settings)


def test_rolloff_and_zero_crossings_are_librosa_s_exactly():
    """They are counts and choices of a bin: rounding must not decide them otherwise."""
    y = (noise(20 * SAMPLE_RATE) ** 3).astype(np.float32)
    extractor = FeatureExtractor()
    features = extractor(torch.from_numpy(y)[None])[0].numpy().T
    rolloff, crossings = extractor.columns["spectral_rolloff"], extractor.columns["zero_crossing_rate"]
    np.testing.assert_array_equal(features[rolloff], librosa.feature.spectral_rolloff(y=y).astype(np.float32))
    np.testing.assert_array_equal(features[crossings], librosa.feature.zero_crossing_rate(y))


def test_without_tuning_chroma_trusts_a440():
    y = chord(30).astype(np.float32)
    extractor = FeatureExtractor(tuning=False)
    chroma = extractor(torch.from_numpy(y)[None])[0, :, extractor.columns["chroma"]].numpy().T
    np.testing.assert_allclose(chroma, librosa.feature.chroma_stft(y=y, tuning=0.0), atol=1e-4)
    assert np.abs(chroma - librosa.feature.chroma_stft(y=y)).max() > 0.01


def test_chroma_names_what_sounds():
    extractor = FeatureExtractor()
    chroma = feature_matrix(extractor(torch.from_numpy(chord(-30))[None])[0])[extractor.columns["chroma"]]
    loudest = chroma.topk(3).indices.tolist()
    assert {extractor.names[extractor.columns["chroma"]][i] for i in loudest} == {"chroma_A", "chroma_C", "chroma_E"}


def test_a_batch_equals_its_clips():
    """Also where they differ in level and tuning: the floor of 80 dB and the tuning belong to the clip."""
    clips = [chord(), 1e-4 * chord(40), np.zeros(len(SECONDS)), noise(), clicks()]
    batch = torch.from_numpy(np.stack(clips)).float()
    extractor = FeatureExtractor()
    together = extractor(batch)
    for clip, features in zip(batch, together, strict=True):
        alone = extractor(clip[None])[0]
        scale = alone.abs().amax(dim=0).clamp(min=1e-6)
        torch.testing.assert_close(features / scale, alone / scale, rtol=0, atol=1e-5)


def test_columns_and_names_cover_every_feature():
    extractor = FeatureExtractor(n_mfcc=13, n_chroma=24)
    widths = {name: columns.stop - columns.start for name, columns in extractor.columns.items()}
    single = ["spectral_centroid", "spectral_bandwidth", "spectral_rolloff", "zero_crossing_rate"]
    assert widths == {"mfcc": 13, "chroma": 24, **dict.fromkeys(single, 1)}
    assert extractor(torch.zeros(2, 5120)).shape == (2, 11, 41)
    assert len(set(extractor.names)) == len(extractor.names) == 41
    assert extractor.names[0] == "mfcc_1"
    assert extractor.names[-4:] == single
    assert FeatureExtractor().names[20:23] == ["chroma_C", "chroma_C#", "chroma_D"]


def test_settings_rebuild_the_extractor():
    extractor = FeatureExtractor(n_mfcc=40, tuning=False)
    assert FeatureExtractor(**extractor.settings).settings == extractor.settings
    assert {type(value) for value in extractor.settings.values()} == {int, float, bool}
    assert not extractor.state_dict()  # the settings are enough: nothing to carry in a checkpoint


def test_other_floating_point_types_are_taken():
    waveform = torch.from_numpy(chord())
    extractor = FeatureExtractor()
    assert torch.equal(extractor(waveform[None]), extractor(waveform.float()[None]))
    assert extractor(waveform.half()[None]).dtype == torch.float32


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same():
    waveform = torch.from_numpy(np.stack([chord(30), noise()])).float()
    extractor = FeatureExtractor()
    expected = extractor(waveform)
    features = extractor.cuda()(waveform.cuda()).cpu()
    scale = expected.abs().amax(dim=(0, 1))
    close = ((features - expected).abs() / scale < 1e-4).float().mean()
    assert close > 0.999  # all but the roll-off of a few frames


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_mfcc": 129}, "n_mfcc=129 is more than n_mels=128"),
        ({"n_mfcc": 0}, "n_mfcc is a positive whole number up to 1024, not 0"),
        ({"hop_length": -512}, "hop_length is a positive"),
        ({"n_mels": 12.5}, "n_mels is a positive"),
        ({"n_chroma": True}, "n_chroma is a positive"),
        ({"n_fft": 2047}, "n_fft is even"),
        ({"roll_percent": 85}, "roll_percent lies between 0 and 1"),
        ({"roll_percent": "high"}, "roll_percent lies between 0 and 1"),
    ],
)
def test_settings_without_sense(settings, message):
    with pytest.raises(UserError, match=message):
        FeatureExtractor(**settings)


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (torch.zeros(22050), "batch, samples"),
        (torch.zeros(1, 1, 22050), "batch, samples"),
        (torch.zeros(1, 22050, dtype=torch.int16), "floating-point"),
        (torch.zeros(1, 0), "empty"),
        (torch.zeros(0, 22050), "empty"),
        (torch.tensor([[0.0, float("nan"), 1.0]]), "not finite"),
        (torch.tensor([[0.0, float("inf"), 1.0]]), "not finite"),
        (torch.full((1, 4096), 1e20), "too large"),
    ],
)
def test_waveforms_without_sense(waveform, message):
    with pytest.raises(ValueError, match=message):
        FeatureExtractor()(waveform)


def test_feature_matrix():
    frames = torch.randn(3, 50, 36)
    np.testing.assert_allclose(feature_matrix(frames), frames.numpy().mean(axis=1), atol=1e-6)
    all_three = feature_matrix(frames[0], ("mean", "std", "delta_std"))
    clip = frames[0].numpy()
    expected = np.concatenate([clip.mean(axis=0), clip.std(axis=0), np.diff(clip, axis=0).std(axis=0)])
    np.testing.assert_allclose(all_three, expected, atol=1e-6)
    for statistics in ((), ("median",)):
        with pytest.raises(UserError, match="mean, std"):
            feature_matrix(frames, statistics)
