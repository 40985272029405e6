import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pytest

from gtzan.cli.main import main
from gtzan.errors import UserError
from tests.conftest import write_tone


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """A folder with two songs, one of them deeper down and awkwardly named, a broken one, and what is no audio."""
    root = tmp_path_factory.mktemp("songs")
    write_tone(root / "a.wav", 110, 1.2, seed=1)
    write_tone(root / "more" / "$b_ 演歌.wav", 3520, 0.3, seed=2)
    (root / "broken.wav").write_bytes(b"no audio")
    (root / "cover.jpg").touch()
    (root / "._a.wav").touch()
    return root


def test_a_table_names_the_corpus_and_each_file_with_its_likeliest_genres(tiny_run, songs, capsys):
    assert main(["predict", str(songs / "a.wav"), "--model", str(tiny_run)]) == 0
    out = capsys.readouterr().out
    assert "trained on" in out.splitlines()[0]
    (line,) = [line for line in out.splitlines() if "a.wav" in line]
    assert line.count("%") == 3


def test_several_models_are_averaged(tiny_run, songs, tmp_path, capsys):
    twin, documents = shutil.copytree(tiny_run, tmp_path / "twin"), []
    song, one, other = str(songs / "a.wav"), str(tiny_run), str(twin)
    for words in ([song, "--model", one], [song, "--model", one, "--model", other], ["--model", one, other, song]):
        assert main(["predict", *words, "--json", "--timeline"]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    assert documents[0]["files"] == documents[1]["files"] == documents[2]["files"]
    assert [document["model"].count("last.ckpt") for document in documents] == [1, 2, 2]
    for words in (["--model", str(tmp_path / "typo"), song], [song, "--model", one, "--model", str(tmp_path / "typo")]):
        assert main(["predict", *words]) == 2
        assert "typo: name a checkpoint or a run folder" in capsys.readouterr().err
    assert main(["predict", "--undo", "undo.json", "--model", one, song]) == 2
    assert "--undo names the files itself" in capsys.readouterr().err
    assert main(["predict", str(songs / "a.wav"), *2 * ["--model", str(tiny_run)]]) == 2
    assert "A model is named twice" in capsys.readouterr().err


def test_a_broken_file_is_named_and_the_others_go_on(tiny_run, songs, capsys):
    assert main(["predict", str(songs), "nowhere.mp3", "--model", str(tiny_run), "--json"]) == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert [entry["file"] for entry in document["files"]] == [
        str(songs / "a.wav"),
        str(songs / "more" / "$b_ 演歌.wav"),
    ]
    assert [entry["file"] for entry in document["broken"]] == ["nowhere.mp3", str(songs / "broken.wav")]
    assert "broken.wav" in err
    assert "nowhere.mp3" in err
    assert "Traceback" not in err


def test_json_holds_probabilities_corpus_and_the_timeline(tiny_run, songs, capsys):
    assert main(["predict", str(songs / "a.wav"), "--model", str(tiny_run), "--json", "--timeline"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["trained_on"].startswith("tiny")
    (entry,) = document["files"]
    assert sum(entry["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert entry["prediction"] == max(entry["probabilities"], key=entry["probabilities"].get)
    ends = [segment["end"] for segment in entry["segments"]]
    assert [segment["start"] for segment in entry["segments"]] == [0, *ends[:-1]]
    assert ends[-1] == entry["seconds"] == 1.2


@pytest.mark.parametrize("timeline", [[], ["--timeline"]])
def test_csv_is_a_table_and_nothing_else(tiny_run, songs, capsys, timeline):
    assert main(["predict", str(songs), "--model", str(tiny_run), "--csv", *timeline]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len({row["file"] for row in rows}) == 2
    assert len(rows) == (4 if timeline else 2)
    for row in rows:
        assert sum(float(row[genre]) for genre in ("bass", "middle", "treble")) == pytest.approx(1, abs=1e-4)
        assert row["trained_on"]


def test_plots_of_files_of_one_name_do_not_overwrite_each_other(tiny_run, tmp_path, capsys):
    for folder in ("one", "two"):
        write_tone(tmp_path / folder / "a.wav", 110, 0.5, seed=1)
    plots = tmp_path / "plots"
    assert main(["predict", str(tmp_path), "--model", str(tiny_run), "--plot", str(plots)]) == 0
    assert {path.name for path in plots.iterdir()} == {"a.wav.png", "a.wav-2.png"}


def test_a_picture_that_cannot_be_written_costs_no_prediction(tiny_run, tmp_path, capsys):
    names = ["a.wav", "b" * 250 + ".wav", "c.wav"]
    for name in names:
        write_tone(tmp_path / "songs" / name, 110, 0.5, seed=1)
    plots = tmp_path / "plots"
    (plots / "a.wav.png").mkdir(parents=True)
    words = ["predict", str(tmp_path / "songs"), "--model", str(tiny_run), "--plot", str(plots), "--json"]
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert [os.path.basename(entry["file"]) for entry in json.loads(out)["files"]] == names
    assert "a.wav.png: is a directory." in err
    assert "bbb.wav.png: file name too long." in err
    assert "Traceback" not in err
    assert (plots / "c.wav.png").is_file()


def test_without_a_run_the_user_hears_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "x.wav"]) == 2
    assert "python train.py" in capsys.readouterr().err
    assert main(["predict", "x.wav", "--model", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_no_audio_at_all_is_a_mistake(tiny_run, tmp_path, capsys):
    assert main(["predict", str(tmp_path), "--model", str(tiny_run)]) == 2
    assert "no audio file" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes no such names")
@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_names_that_are_not_utf_8_are_heard_in_a_folder_of_such_a_name(tiny_run, tmp_path, monkeypatch, capsys, form):
    folder = tmp_path / os.fsdecode(b"m\xfcsic")
    for seed, name in enumerate((os.fsdecode(b"caf\xe9.wav"), "z.wav")):
        write_tone(tmp_path / "a.wav", 110, 0.5, seed)
        (folder / "songs").mkdir(parents=True, exist_ok=True)
        (tmp_path / "a.wav").rename(folder / "songs" / name)
    shutil.copytree(tiny_run, folder / "runs" / tiny_run.name)
    monkeypatch.chdir(folder)
    for arguments in (["songs"], [str(folder / "songs")]):
        assert main(["predict", *arguments, "--model", "runs", "--plot", "plots", *form]) == 0
        out = capsys.readouterr().out
        out.encode()
        assert "z.wav" in out
        if form == ["--json"]:
            names = [entry["file"] for entry in json.loads(out)["files"]]
            assert [os.fsencode(name).rpartition(b"/")[2] for name in names] == [b"caf\xe9.wav", b"z.wav"]
    assert len(os.listdir(b"plots")) == 2


def test_a_fifo_is_named_and_the_others_go_on(tiny_run, songs, tmp_path, capsys):
    os.mkfifo(tmp_path / "fifo.wav")
    (tmp_path / "self.wav").symlink_to("self.wav")
    paths = [str(tmp_path / "fifo.wav"), str(tmp_path / "self.wav"), str(tmp_path), str(songs / "a.wav"), "/dev/zero"]
    assert main(["predict", *paths, "--model", str(tiny_run), "--json"]) == 1
    out, err = capsys.readouterr()
    assert len(json.loads(out)["files"]) == 1
    for name in ("fifo.wav: a FIFO", "self.wav", "/dev/zero: a device"):
        assert name in err


def test_the_processor_is_prepared_before_torch_is_imported(monkeypatch):
    """As in training: beside another job, OpenMP's threads would spin for whole time slices."""
    program = "import sys, gtzan.cli.predict as p; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    monkeypatch.setattr("gtzan.cli.predict.checkpoint_of", lambda _: None)
    monkeypatch.setattr("gtzan.cli.predict.audio_below", lambda _: (["x"], {}))

    def prepared():
        raise UserError("prepared")

    monkeypatch.setattr("gtzan.cli.predict.prepare_cpu", prepared)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "gtzan.models.predictor", None)
        assert main(["predict", "x"]) == 2
