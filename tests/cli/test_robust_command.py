import csv
import json
import shutil

import pytest

from gtzan.audio.deformations import DEFORMATIONS
from gtzan.cli.main import main
from gtzan.cli.robust import in_turn


@pytest.fixture
def copied(tiny_run, tmp_path):
    return shutil.copytree(tiny_run, tmp_path / "run")


def test_a_table_of_all_deformations_whose_clean_row_is_the_runs_own_accuracy(copied, tmp_path, capsys):
    assert main(["robust", str(copied), "--csv", str(tmp_path / "table.csv")]) == 0
    out, err = capsys.readouterr()
    assert "predicted otherwise" not in err
    assert "12 held-out tracks of" in out
    assert "Holm's correction is for 13 tests" in out
    with open(tmp_path / "table.csv", newline="") as file:
        clean, *others = csv.DictReader(file)
    accuracy = json.loads((copied / "metrics.json").read_text())["test/accuracy"]
    assert float(clean["accuracy"]) == pytest.approx(accuracy)
    assert clean["p"] == ""
    assert [row["deformation"] for row in others] == list(DEFORMATIONS)
    kept = json.loads((copied / "robustness.json").read_text())["rows"]
    assert [row["deformation"] for row in kept] == ["clean", *DEFORMATIONS]
    for row, same in zip(others, kept[1:], strict=True):
        assert float(row["difference"]) == pytest.approx(float(row["accuracy"]) - accuracy)
        assert float(row["p_holm"]) >= float(row["p"]) == same["p"]


def test_some_deformations_of_some_tracks_replace_no_whole_table(copied, capsys):
    (copied / "robustness.json").write_text("the whole table")
    assert main(["robust", str(copied), "--only", "noise_20, gain_minus_20", "--limit", "4"]) == 0
    out = capsys.readouterr().out
    assert "4 held-out tracks" in out
    assert "Holm's correction is for 2 tests" in out
    assert "mp3" not in out
    assert (copied / "robustness.json").read_text() == "the whole table"


def test_genres_take_turns(tiny_corpus):
    tracks = in_turn(tiny_corpus.tracks)
    assert sorted(tracks[i].genre for i in range(6)) == sorted(2 * tiny_corpus.genres)
    assert tracks == in_turn(tiny_corpus.tracks)
    assert {track.name for track in tracks} == {track.name for track in tiny_corpus.tracks}


def test_other_predictions_than_the_runs_own_are_told(copied, capsys):
    rows = (copied / "predictions.csv").read_text().splitlines()
    first = rows[1].split(",")
    first[2] = next(genre for genre in ("bass", "treble") if genre != first[2])
    (copied / "predictions.csv").write_text("\n".join([rows[0], ",".join(first), *rows[2:]]))
    assert main(["robust", str(copied), "--only", "gain_minus_20"]) == 0
    assert f"1 of 12 tracks ({first[0]} …) are predicted otherwise" in capsys.readouterr().err


def test_music_that_is_gone_is_named(configured, tiny_corpus, copied, capsys):
    config = (copied / "config.yaml").read_text()
    (copied / "config.yaml").write_text(config.replace(str(tiny_corpus.root), str(copied / "nowhere")))
    answers(["robust", str(copied)], "The held-out tracks of", capsys)
    shutil.copytree(tiny_corpus.root, copied / "nowhere")
    predictions = (copied / "predictions.csv").read_text()
    track = predictions.splitlines()[1].split(",")[0]
    next((copied / "nowhere").rglob(f"{track}.wav")).unlink()
    answers(["robust", str(copied)], f"holds no {track}", capsys)


def test_a_generators_run_is_refused(tiny_generator, capsys):
    answers(["robust", str(tiny_generator)], "name a classifier's finished run", capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere is not a run"),
        (["RUN", "--only", "mp3_64,reverb"], "--only names reverb: choose from mp3_128"),
        (["RUN", "--only", ","], "--only names"),
        (["RUN", "--limit", "0"], "ask for one track at least"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tiny_run, capsys, words, message):
    answers(["robust", *(word.replace("RUN", str(tiny_run)) for word in words)], message, capsys)


def test_a_missing_library_is_asked_for_where_it_is_needed(copied, capsys, monkeypatch):
    monkeypatch.setattr("gtzan.cli.robust.find_spec", lambda name: None)
    answers(["robust", str(copied)], "pip install 'gtzan[robust]'", capsys)
    assert main(["robust", str(copied), "--only", "gain_minus_20", "--limit", "1"]) == 0


def answers(words: list[str], message: str, capsys) -> None:
    assert main(words) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
