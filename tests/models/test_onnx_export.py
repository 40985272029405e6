import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.errors import UserError
from gtzan.experiments.runs.checkpoint_search import checkpoint_of
from gtzan.models import onnx_export
from gtzan.models.onnx_export import OnnxFeatures, export_onnx, run_onnx
from gtzan.models.predictor import Predictor
from tests.conftest import RATE


def clips(samples):
    """Detuned tones, noise, silence, a click, and a loud clip."""
    t, rng = np.arange(samples) / RATE, np.random.default_rng(0)
    tones = [sum(np.sin(2 * np.pi * hertz * k * t) / k for k in (1, 2, 3)) / 4 for hertz in (110, 452.3, 3520)]
    noise = rng.normal(0, 0.1, samples)
    click = np.zeros(samples)
    click[samples // 2] = 1
    sounds = [*(tone + noise / 20 for tone in tones), noise, np.zeros(samples), click, np.clip(9 * tones[1], -1, 1)]
    return [sound.astype(np.float32) for sound in sounds]


@pytest.mark.parametrize("settings", [{}, {"tuning": False, "n_mfcc": 13, "n_mels": 64, "sample_rate": 16000}])
def test_features_equal_the_extractors(settings):
    extractor = FeatureExtractor(**settings)
    batch = torch.from_numpy(np.stack(clips(11 * 512)[:4]))
    wanted = extractor(batch)
    found = OnnxFeatures(extractor, list(extractor.columns))(batch)
    for name, columns in extractor.columns.items():
        largest = wanted[..., columns].abs().max()
        assert (found - wanted)[..., columns].abs().mean() < 1e-4 * largest, name


@pytest.fixture(scope="module")
def predictor(tiny_run):
    """Every feature, tuned chroma included, through the dense net."""
    return Predictor.load(checkpoint_of(tiny_run), temperature=1.5)


@pytest.mark.slow
def test_the_file_says_what_pytorch_says_and_the_documented_example_runs_on_it(
    predictor, tmp_path, monkeypatch, capsys
):  # in one test, because to export takes seconds
    sounds = clips(predictor.length * predictor.hop)
    assert export_onnx(predictor, tmp_path / "model.onnx", sounds) < 1e-4
    found = run_onnx((tmp_path / "model.onnx").read_bytes(), np.stack(sounds))
    wanted = np.stack([predictor.predict_waveform(sound).segments[0] for sound in sounds])
    np.testing.assert_allclose(found, wanted, atol=1e-4)

    facts = {entry.key: entry.value for entry in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert json.loads(facts["classes"]) == list(predictor.classes)
    assert (facts["sample_rate"], facts["temperature"]) == (str(RATE), "1.5")
    assert facts["trained_on"] == predictor.corpus

    text = (Path(__file__).parents[2] / "docs" / "everyday.md").read_text(encoding="utf-8")
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "onnxruntime" in code]
    assert not re.search(r"torch|gtzan", code)
    monkeypatch.chdir(tmp_path)
    soundfile.write("song.wav", np.concatenate(sounds[:2]), predictor.sample_rate, "FLOAT")
    exec(code, {})
    likeliest = predictor.classes[wanted[:2].mean(axis=0).argmax()]
    assert capsys.readouterr().out.split()[0] == likeliest


def test_a_graph_that_differs_is_not_left_anywhere(predictor, tmp_path, monkeypatch):
    (tmp_path / "model.onnx").write_bytes(b"the former one")
    monkeypatch.setattr(onnx_export, "_content", lambda *_: b"")
    monkeypatch.setattr(onnx_export, "run_onnx", lambda _, x: np.full((len(x), 3), 0.9, np.float32))
    with pytest.raises(UserError, match=r"model\.onnx was not written: .*differ"):
        export_onnx(predictor, tmp_path / "model.onnx", clips(predictor.length * predictor.hop))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the former one"]


def test_what_hears_through_an_encoder_is_refused_in_one_sentence(predictor, monkeypatch):
    monkeypatch.setattr(predictor, "extractor", torch.nn.Identity())
    with pytest.raises(UserError, match="pretrained encoder"):
        onnx_export.WaveformClassifier(predictor)
