import csv
import json
from pathlib import Path

import pytest

from gtzan.cli.main import main
from gtzan.evaluation.ensemble import Ensemble

TRUTH = ["blues", "disco", "blues", "disco"]


def rows(blues: list[float]) -> list[dict[str, str]]:
    """Predictions of four tracks, by the probability of blues."""
    facts = [{"track": f"t{i}", "truth": truth, "artist": "", "title": ""} for i, truth in enumerate(TRUTH)]
    return [
        fact | {"prediction": "blues" if p > 0.5 else "disco", "blues": f"{p:.6f}", "disco": f"{1 - p:.6f}"}
        for fact, p in zip(facts, blues, strict=True)
    ]


def make_run(path: Path, blues: list[float], **metrics) -> str:
    path.mkdir()
    with open(path / "predictions.csv", "w", newline="") as file:
        table = csv.DictWriter(file, list(rows(blues)[0]))
        table.writeheader()
        table.writerows(rows(blues))
    (path / "metrics.json").write_text(json.dumps(metrics))
    return str(path)


A, B = [0.9, 0.6, 0.3, 0.4], [0.4, 0.1, 0.9, 0.4]  # right: the 1st and 4th; all but the 1st


def test_probabilities_are_averaged_track_by_track():
    ensemble = Ensemble.of({"a": rows(A), "b": rows(B)[::-1]})
    assert [float(row["blues"]) for row in ensemble.rows] == pytest.approx([0.65, 0.35, 0.6, 0.4])
    assert [row["prediction"] for row in ensemble.rows] == TRUTH
    assert ensemble.right == 4
    assert ensemble.interval == pytest.approx((0.5101, 1), abs=1e-4)  # Wilson's, by hand: 4 / (4 + 1.96²)


def test_the_command_compares_with_the_best_member_on_validation(tmp_path, capsys):
    first = make_run(tmp_path / "a", A, corpus="GTZAN", **{"val/accuracy": 0.9})
    second = make_run(tmp_path / "b", B, corpus="GTZAN", **{"val/accuracy": 0.8})
    out = tmp_path / "mean.csv"
    assert main(["ensemble", first, second, "--csv", str(out)]) == 0
    said = capsys.readouterr().out
    for text in (
        "4 held-out tracks of GTZAN",
        "Ensemble: 100.0% [51.0%, 100.0%]",
        f"Best member, chosen on validation tracks: {first}",
        "p = 0.5",  # two tracks that only the ensemble has right: 2 · 1/4
    ):
        assert text in said
    with open(out, newline="") as file:
        assert [row["prediction"] for row in csv.DictReader(file)] == TRUTH


def test_without_validation_tracks_the_choice_is_said_to_flatter(tmp_path, capsys):
    first, second = make_run(tmp_path / "a", A), make_run(tmp_path / "b", B, **{"val/accuracy": 0.8})
    assert main(["ensemble", first, second]) == 0
    assert f"chosen on these tracks, which flatters it: {second}" in capsys.readouterr().out


def test_runs_that_make_no_ensemble_are_refused(tmp_path, capsys):
    first = make_run(tmp_path / "a", A)
    renamed, damaged, shorter = (Path(make_run(tmp_path / name, B)) for name in ("renamed", "damaged", "shorter"))
    for run, old, new in ((renamed, "disco\n", "jazz\n"), (damaged, "0.100000", "x")):
        path = run / "predictions.csv"
        path.write_text(path.read_text().replace(old, new, 1))
    path = shorter / "predictions.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    for runs, sentence in (
        ([first], "two members at least"),
        ([first, first], "named twice"),
        ([first, f"{first}/../{Path(first).name}"], "named twice"),
        ([first, str(renamed)], "do not know the same genres"),
        ([first, str(damaged)], "are damaged"),
        ([first, str(shorter)], "not tested on the same tracks"),
        ([first, "nowhere"], "nowhere"),
    ):
        assert main(["ensemble", *runs]) == 2
        assert sentence in capsys.readouterr().err
    second = make_run(tmp_path / "b", B)
    assert main(["ensemble", first, second, "--csv", str(tmp_path / "nowhere" / "mean.csv")]) == 2
    assert "mean.csv: no such file or directory" in capsys.readouterr().err
