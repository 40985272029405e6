import csv
import io
import json
import shutil

import pytest

from gtzan.audio.tags import read_genres, write_genres
from gtzan.cli.main import main
from tests.conftest import write_tone


@pytest.fixture
def album(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the undo file is left
    for i, hertz in enumerate((110, 3520)):
        write_tone(tmp_path / "album" / f"{i}.wav", hertz, 0.6, seed=i)
    write_genres(tmp_path / "album" / "0.wav", ["Polka"])
    return tmp_path / "album"


@pytest.fixture
def calibrated(tiny_run, tmp_path):
    """The tiny run as if validation tracks had given it a temperature."""
    run = tmp_path / "run"
    shutil.copytree(tiny_run, run)
    metrics = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps(metrics | {"temperature": 0.1}))
    return run


def genres(album):
    return [read_genres(path) for path in sorted(album.iterdir())]


def test_changes_are_shown_then_written_then_undone(tiny_run, album, capsys):
    words = ["predict", str(album), "--model", str(tiny_run), "--write-tags"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "Polka" in out
    assert "add --yes" in out
    assert genres(album) == [["Polka"], []]
    assert not list(album.parent.glob("gtzan-undo*"))
    assert main([*words, "--yes"]) == 0
    written = genres(album)
    assert all(genre[0] in ("bass", "middle", "treble") for genre in written)
    (memory,) = album.parent.glob("gtzan-undo*.json")
    assert memory.name in capsys.readouterr().out
    assert main([*words, "--yes"]) == 0
    assert "0 genre tags to change; 2 agree" in capsys.readouterr().out
    assert main(["predict", "--undo", str(memory)]) == 0
    assert genres(album) == [["Polka"], []]


def test_undoing_leaves_what_somebody_has_changed_since(tiny_run, album, capsys):
    assert main(["predict", str(album), "--model", str(tiny_run), "--write-tags", "--yes"]) == 0
    write_genres(album / "0.wav", ["Samba"])
    (memory,) = album.parent.glob("gtzan-undo*.json")
    assert main(["predict", "--undo", str(memory)]) == 1
    assert "Samba" in capsys.readouterr().err
    assert genres(album) == [["Samba"], []]


def test_a_file_that_is_not_probable_enough_is_unknown_and_keeps_its_tags(tiny_run, album, capsys):
    words = ["predict", str(album), "--model", str(tiny_run), "--min-confidence", "1"]
    assert main([*words, "--write-tags", "--yes"]) == 0
    out, err = capsys.readouterr()
    assert "2 files are unknown" in out
    assert "not calibrated" in err
    assert genres(album) == [["Polka"], []]
    assert main([*words, "--json"]) == 0
    assert {entry["prediction"] for entry in json.loads(capsys.readouterr().out)["files"]} == {"unknown"}
    assert main([*words, "--csv"]) == 0
    assert {row["prediction"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))} == {"unknown"}


def test_a_runs_temperature_calibrates_files_but_no_ensemble(tiny_run, calibrated, album, capsys):
    entries = []
    for models in ([tiny_run], [calibrated], [calibrated, tiny_run]):
        flags = [word for model in models for word in ("--model", str(model))]
        assert main(["predict", str(album / "0.wav"), *flags, "--json"]) == 0
        entries += json.loads(capsys.readouterr().out)["files"]
    plain, surer, ensemble = (entry["probabilities"] for entry in entries)
    assert max(surer.values()) > max(plain.values())
    assert max(surer, key=surer.get) == max(plain, key=plain.get)
    assert ensemble == plain


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--min-confidence", "60"], "--min-confidence 60"),
        (["--yes"], "--write-tags"),
        (["--write-tags", "--json"], "--json"),
        (["--undo", "album/0.wav"], "leave the others out"),
    ],
)
def test_mistakes_are_said_in_one_sentence(tiny_run, album, capsys, words, sentence):
    assert main(["predict", str(album), "--model", str(tiny_run), *words]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_what_is_no_undo_file_is_refused(album, capsys):
    (album / "x.json").write_text('{"genres": [{"file": 3}]}')
    for name in ("0.wav", "x.json", "nowhere.json"):
        assert main(["predict", "--undo", str(album / name)]) == 2
        assert "is no undo file" in capsys.readouterr().err
