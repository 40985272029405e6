import csv
import shutil
import tracemalloc

import numpy as np
import pytest
import soundfile
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio, stream_audio
from gtzan.audio.inversion import MfccInversion
from gtzan.data.views import Frames
from gtzan.errors import BrokenAudioError, UserError
from gtzan.experiments.runs.checkpoint_search import checkpoint_of
from gtzan.models.checkpoints import load_model
from gtzan.models.classifier import Classifier
from gtzan.models.devices import extraction_device
from gtzan.models.predictor import PART_SECONDS, Predictor
from tests.conftest import RATE, write_tone

SEGMENT = round(0.5 * RATE / 512) * 512 / RATE  # seconds, in whole frames


@pytest.fixture(scope="module")
def predictor(tiny_run) -> Predictor:
    return Predictor.load(checkpoint_of(tiny_run))


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def test_files_get_the_probabilities_that_evaluation_gave_their_tracks(predictor, tiny_run, tiny_corpus):
    paths = {track.name: track.path for track in tiny_corpus.tracks}
    with open(tiny_run / "predictions.csv", newline="") as file:
        for row in csv.DictReader(file):
            expected = [float(row[genre]) for genre in predictor.classes]
            prediction = predictor.predict_file(paths[row["track"]])
            # Evaluation leaves out a rest that fills no segment.
            whole = prediction.segments[: int(prediction.seconds / SEGMENT)].mean(axis=0)
            np.testing.assert_allclose(whole, expected, atol=1e-5)
            np.testing.assert_allclose(prediction.probabilities, expected, atol=0.05)


def test_the_steps_of_the_ladder_agree(predictor, tiny_corpus, tiny_store):
    path = tiny_corpus.tracks[0].path
    of_file = predictor.predict_file(path)
    of_waveform = predictor.predict_waveform(read_audio(path, predictor.sample_rate))
    frames = torch.from_numpy(np.array(tiny_store.frames[: tiny_store.lengths[0]]))
    of_features = predictor.predict_features(frames)
    np.testing.assert_allclose(of_waveform.segments, of_file.segments, atol=1e-6)
    np.testing.assert_allclose(of_features.segments, of_file.segments, atol=1e-5)
    np.testing.assert_allclose(of_features.edges, of_file.edges, atol=512 / RATE)


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.51, 0.7, 2.0, 2.3])
def test_every_second_of_any_length_is_in_one_segment_of_the_timeline(predictor, seconds):
    prediction = predictor.predict_waveform(noise(seconds))
    assert prediction.seconds == pytest.approx(seconds, abs=1e-4)
    assert prediction.edges[0] == 0
    assert prediction.edges[-1] == pytest.approx(prediction.seconds)
    assert (np.diff(prediction.edges) > 0).all()
    assert np.diff(prediction.edges).max() < SEGMENT + 0.1 + 2 * 512 / RATE
    np.testing.assert_allclose(prediction.segments.sum(axis=1), 1, atol=1e-5)
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_waveform_without_samples_is_a_users_mistake(predictor):
    with pytest.raises(UserError, match="no samples"):
        predictor.predict_waveform(noise(0))


def test_the_rest_at_the_end_is_heard(predictor):
    silence = np.zeros(round(1.0 * RATE), np.float32)
    quiet = predictor.predict_waveform(np.concatenate([silence, 0 * noise(0.3)]))
    loud = predictor.predict_waveform(np.concatenate([silence, noise(0.3)]))
    assert len(loud.segments) == len(quiet.segments) == 3
    assert np.abs(loud.segments[-1] - quiet.segments[-1]).max() > 1e-4


def test_long_audio_is_heard_in_parts_and_none_of_it_twice(predictor):
    waveform = noise(2 * PART_SECONDS + 3.3)
    prediction = predictor.predict_waveform(waveform)
    assert len(prediction.segments) == int(len(waveform) / RATE / SEGMENT) + 1
    np.testing.assert_allclose(np.diff(prediction.edges)[:-1], SEGMENT)
    # The end is judged as if it stood alone, however much came before it.
    cut = round((PART_SECONDS // SEGMENT) * 2) * round(SEGMENT * RATE)
    alone = predictor.predict_waveform(waveform[cut:])
    np.testing.assert_allclose(prediction.segments[-3:], alone.segments[-3:], atol=0.02)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_a_file(predictor, tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, noise(600), RATE, subtype="PCM_16")
    tracemalloc.start()  # NumPy's memory, which holds the audio
    predictor.predict_file(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.8 * 600 * RATE * 4  # ten minutes as float32


@pytest.mark.parametrize("rate", [8000, 44100, RATE])
def test_streaming_equals_reading_at_once(tmp_path, rate):
    path = tmp_path / "x.flac"
    soundfile.write(path, np.stack([noise(3), noise(3, 1)], axis=1), rate)
    np.testing.assert_allclose(np.concatenate(list(stream_audio(path))), read_audio(path), atol=1e-6)


def test_any_format_and_rate_is_heard_alike(predictor, tmp_path, tiny_corpus):
    waveform = read_audio(tiny_corpus.tracks[20].path)
    soundfile.write(tmp_path / "x.flac", np.stack([waveform, waveform], axis=1), RATE)
    expected = predictor.predict_file(tiny_corpus.tracks[20].path)
    np.testing.assert_allclose(predictor.predict_file(tmp_path / "x.flac").segments, expected.segments, atol=1e-3)


def test_a_broken_file_is_named(predictor, tmp_path):
    (tmp_path / "x.wav").write_bytes(b"no audio")
    with pytest.raises(BrokenAudioError, match=r"x\.wav"):
        predictor.predict_file(tmp_path / "x.wav")


def test_a_silent_file_is_named_and_a_soft_one_is_predicted(predictor, tmp_path):
    silent, soft = tmp_path / "silent.wav", tmp_path / "soft.wav"
    soundfile.write(silent, np.zeros(RATE), RATE)
    soundfile.write(soft, 0.01 * noise(1), RATE, subtype="FLOAT")
    with pytest.raises(BrokenAudioError, match=r"silent\.wav.*silent"):
        predictor.predict_file(silent)
    assert len(predictor.predict_file(soft).segments) == 2


def test_a_checkpoint_alone_is_enough(tiny_run, tmp_path, predictor):
    shutil.copy(tiny_run / "checkpoints" / "last.ckpt", tmp_path / "somewhere.ckpt")
    write_tone(tmp_path / "x.wav", 440, 1, seed=0)
    alone = Predictor.load(tmp_path / "somewhere.ckpt")
    assert alone.classes == ("bass", "middle", "treble")
    assert alone.corpus == predictor.corpus
    expected = predictor.predict_file(tmp_path / "x.wav")
    np.testing.assert_array_equal(alone.predict_file(tmp_path / "x.wav").segments, expected.segments)


@pytest.mark.parametrize("feature", ["embedding", "nope"])
def test_a_classifier_of_features_that_it_does_not_name_is_refused(tiny_run, feature):
    classifier = load_model(Classifier, checkpoint_of(tiny_run), "a classifier")
    classifier.view = Frames(features=[feature])
    with pytest.raises(UserError, match=f"takes {feature}, which its features do not have"):
        Predictor(classifier)


def test_what_is_no_checkpoint_of_a_classifier_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "x.ckpt"
    for content in (b"", b"text", b"PK\x03\x04 a broken archive"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="not a checkpoint"):
            Predictor.load(path)
    for thing in ({"state_dict": {}}, [1, 2], {"hyper_parameters": {"genre": "x"}, "state_dict": {}}):
        torch.save(thing, path)
        with pytest.raises(UserError, match="something else"):
            Predictor.load(path)


class Evil:
    def __reduce__(self):
        return print, ("code of a stranger's checkpoint runs",)


def test_a_checkpoint_cannot_run_code(tmp_path, capsys):
    torch.save({"state_dict": {}, "hyper_parameters": Evil()}, tmp_path / "x.ckpt")
    with pytest.raises(UserError, match="read safely"):
        Predictor.load(tmp_path / "x.ckpt")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("device", ["nonsense", "meta"])
def test_a_device_that_cannot_be_used_is_said_in_one_sentence(tiny_run, device):
    with pytest.raises(UserError, match=f"device={device} cannot be used"):
        Predictor.load(checkpoint_of(tiny_run), device)


def test_nothing_in_float64_is_moved_to_apples_mps(tiny_run):
    mps = torch.device("mps")
    assert any(buffer.dtype == torch.float64 for buffer in FeatureExtractor().buffers())
    assert extraction_device(mps) == torch.device("cpu")
    assert extraction_device(torch.device("cuda", 1)) == torch.device("cuda", 1)
    predictor = Predictor.load(checkpoint_of(tiny_run))
    moved = [*predictor.classifier.state_dict().values(), *MfccInversion().buffers()]
    assert not any(tensor.dtype == torch.float64 for tensor in moved)
