import pytest

from gtzan.cli import export
from gtzan.cli.main import main
from tests.conftest import write_tone


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere", "--onnx", "m.onnx"], "There is no nowhere"),
        (["RUN", "--onnx", "nowhere/m.onnx"], "nowhere/m.onnx: name a file in a folder that is there"),
        (["RUN", "--onnx", "a" * 260 + ".onnx"], ".onnx: file name too long."),
        (["RUN", "--onnx", "m.onnx", "--clips", "nowhere"], "holds no audio of 0.5 s"),
    ],
)
def test_mistakes_are_said_in_one_sentence(tiny_run, tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *(str(tiny_run) if word == "RUN" else word for word in words)]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_the_missing_library_is_named_with_its_extra(tiny_run, monkeypatch, capsys):
    monkeypatch.setattr(export, "find_spec", lambda name: None if name == "onnxscript" else object())
    assert main(["export", str(tiny_run), "--onnx", "m.onnx"]) == 2
    assert "pip install 'gtzan[onnx]'" in capsys.readouterr().err


def test_the_clips_of_a_folder_or_composed_ones_are_compared(tiny_run, tmp_path, monkeypatch, capsys):
    compared = []
    monkeypatch.setattr("gtzan.models.onnx_export.export_onnx", lambda _, path, clips: compared.append(clips) or 0.0)
    write_tone(tmp_path / "songs" / "short.wav", 440, 0.2, seed=0)
    write_tone(tmp_path / "songs" / "song.wav", 440, 1, seed=0)
    words = ["export", str(tiny_run), "--onnx", str(tmp_path / "m.onnx")]
    assert main([*words, "--clips", str(tmp_path / "songs")]) == 0
    assert main(words) == 0
    assert [len(clips) for clips in compared] == [2, 11]
    assert len({len(clip) for clips in compared for clip in clips}) == 1
    assert "largest difference" in capsys.readouterr().out
