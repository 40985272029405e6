import csv
from pathlib import Path

import pytest

from gtzan.cli.main import main
from gtzan.evaluation.comparison import Comparison
from gtzan.experiments.runs.folder import RunFolder


def make_run(path: Path, right: str, first: int = 0, genre: str = "blues") -> Path:
    """A run whose predictions are right where ``right`` has a 1."""
    path.mkdir()
    with open(path / "predictions.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["track", "truth", "prediction"])
        table.writerows([f"t{first + i}", genre, genre if r == "1" else "disco"] for i, r in enumerate(right))
    return path


def compare(a: Path, b: Path) -> Comparison:
    return Comparison.of(RunFolder(a).predictions(), RunFolder(b).predictions())


def test_only_the_tracks_on_which_they_differ_count(tmp_path):
    a = make_run(tmp_path / "a", "1" * 10 + "0" * 2 + "0" * 5 + "1" * 3)
    b = make_run(tmp_path / "b", "0" * 10 + "1" * 2 + "0" * 5 + "1" * 3)
    c = compare(a, b)
    assert (c.n, c.right_a, c.right_b, c.only_a, c.only_b) == (20, 13, 5, 10, 2)
    # By hand: 2 · (1 + 12 + 66) / 2¹² = 0.03857.
    assert c.p == pytest.approx(2 * (1 + 12 + 66) / 2**12)
    assert c.sentence("A", "B").startswith("A is better than B")
    assert compare(b, a).sentence("A", "B").startswith("B is better than A")
    assert c.sentence("the ensemble", "its best member").startswith("The ensemble is better than its best member")


def test_noise_is_not_taken_for_progress(tmp_path):
    a, b = make_run(tmp_path / "a", "1110"), make_run(tmp_path / "b", "1000")
    assert compare(a, b).p == 0.5
    assert compare(a, b).sentence("A", "B").startswith("No difference is shown: A is right more often")
    assert "shown: the ensemble is" in compare(a, b).sentence("the ensemble", "its best member")
    assert compare(a, a).p == 1
    assert "Neither is better" in compare(a, a).sentence("A", "B")


def test_the_command_prints_both_accuracies(tmp_path, capsys):
    a, b = make_run(tmp_path / "a", "1110"), make_run(tmp_path / "b", "1000")
    (a / "metrics.json").write_text('{"corpus": "built-in corpus (synthetic music)"}')
    assert main(["compare", str(a), str(b)]) == 0
    out = capsys.readouterr().out
    for text in ("4 held-out tracks of built-in corpus (synthetic music)", "A  75.0%", "B  25.0%", "p = 0.5"):
        assert text in out


def test_runs_that_cannot_be_compared_are_refused(tmp_path, capsys):
    a, other = make_run(tmp_path / "a", "1110"), make_run(tmp_path / "other", "1110", first=2)
    renamed, damaged = make_run(tmp_path / "renamed", "1110", genre="jazz"), make_run(tmp_path / "damaged", "")
    for run, sentence in {
        other: "not tested on the same tracks (4 and 4; t0 is in",
        renamed: "do not agree on the genre of t0",
        damaged: "names no track",
        tmp_path: "cannot be read (no such file or directory): name a classifier's finished run",
    }.items():
        assert main(["compare", str(a), str(run)]) == 2
        assert sentence in capsys.readouterr().err
    (damaged / "predictions.csv").write_text("song,genre\nx,y\n")
    assert main(["compare", str(a), str(damaged)]) == 2
    assert "is damaged" in capsys.readouterr().err
