import json

import numpy as np
import pytest
import soundfile
from PIL import Image

from gtzan.cli import explain
from gtzan.cli.main import main
from gtzan.models.predictor import Predictor
from tests.conftest import RATE, write_tone


def test_a_song_gets_a_picture_its_values_and_audible_emphasis(tiny_run, tmp_path, capsys):
    song, out = tmp_path / "a $song$.wav", tmp_path / "made" / "here"
    write_tone(song, 660, 1.2, seed=5)
    words = ["explain", str(song), "--model", str(tiny_run), "--genre", "treble", "--out", str(out)]
    assert main(words) == 0
    said = capsys.readouterr().out
    predictor = Predictor.load(tiny_run / "checkpoints" / "last.ckpt")
    assert "treble" in said.splitlines()[0]
    assert predictor.corpus in said.splitlines()[0]
    assert f"{out}/a $song$.wav.png" in said
    values = json.loads((out / "a $song$.wav.json").read_text())
    assert values["genre"] == "treble"
    assert values["trained_on"] == predictor.corpus
    assert np.shape(values["cells"]) == (len(values["seconds"]) - 1, len(values["hertz"]) - 1) == (2, 8)
    assert np.shape(values["by_second"]) == (2,)
    assert np.shape(values["by_band"]) == (8,)
    best = max(zip(values["by_second"], values["probabilities"], strict=True), key=lambda pair: pair[0] * pair[1])[0]
    assert (f"{best:+.2f}" in said) == (best > 0)
    assert values["probability"] == pytest.approx(dict(predictor.predict_file(song).ranking)["treble"], abs=1e-3)
    sound, rate = soundfile.read(out / "a $song$.wav.wav")
    assert (len(sound), rate) == (round(values["seconds"][-1] * RATE), RATE)
    assert 0.01 < np.abs(sound).max() <= 1
    assert Image.open(out / "a $song$.wav.png").width > 1000


def test_the_beginning_of_long_audio_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(explain, "LONGEST", 1.0)
    write_tone(tmp_path / "long.wav", 440, 1.5, seed=0)
    whole, rate = soundfile.read(tmp_path / "long.wav", dtype="float32")
    np.testing.assert_allclose(explain.beginning(tmp_path / "long.wav", rate), whole[:rate], atol=1e-6)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.wav"], "nowhere.wav is no file"),
        (["broken.wav"], "broken.wav: not readable as audio"),
        (["silent.wav"], "silent.wav: The audio is silent"),
        (["song.wav", "--genre", "polka"], "knows no genre polka: choose from bass, middle, treble"),
        (["song.wav", "--model", "nowhere"], "There is no nowhere"),
        (["song.wav", "--out", "song.wav"], "--out song.wav: "),
    ],
)
def test_mistakes_are_told_in_one_sentence(tiny_run, tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    write_tone(tmp_path / "song.wav", 110, 0.5, seed=0)
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    (tmp_path / "broken.wav").write_bytes(b"no audio")
    model = [] if "--model" in words else ["--model", str(tiny_run)]
    assert main(["explain", *words, *model]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
