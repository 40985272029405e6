"""``gtzan ensemble``: the accuracy of several runs' mean probabilities."""

import argparse
from pathlib import Path

from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.terminal import show, text_table

EPILOG = """\
All runs must have been tested on the same tracks. The ensemble is tested against its best member, which is chosen on
validation tracks where all runs have some. gtzan predict song.mp3 --model RUN RUN predicts with an ensemble."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("runs", metavar="RUN", type=Path, nargs="+", help="run folders of two or more classifiers")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the ensemble's predictions into FILE")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the accuracy of each member and of the ensemble, and test it against its best member."""
    from gtzan.csv_files import write_rows
    from gtzan.evaluation.comparison import Comparison
    from gtzan.evaluation.ensemble import Ensemble
    from gtzan.experiments.runs.folder import RunFolder

    if len({path.expanduser().resolve() for path in arguments.runs}) < len(arguments.runs):
        raise UserError("A run is named twice: an ensemble has each member once.")
    runs = [RunFolder(path) for path in arguments.runs]
    predictions = {str(run): run.predictions() for run in runs}
    ensemble = Ensemble.of(predictions)
    metrics = [run.metrics_if_readable() or {} for run in runs]
    n, (low, high) = len(ensemble.rows), ensemble.interval
    part = "val" if all("val/accuracy" in numbers for numbers in metrics) else "test"
    right = [sum(row["truth"] == row["prediction"] for row in rows) for rows in predictions.values()]
    scores = [numbers["val/accuracy"] for numbers in metrics] if part == "val" else right
    best = max(range(len(runs)), key=scores.__getitem__)

    corpora = dict.fromkeys(str(numbers["corpus"]) for numbers in metrics if "corpus" in numbers)
    show(f"{n} held-out tracks of {' and '.join(corpora) or 'all runs'}\n")
    rows = [(f"{count / n:.1%}", str(run)) for count, run in zip(right, runs, strict=True)]
    show(text_table(["accuracy", "run"], [*rows, (f"{ensemble.right / n:.1%}", f"ensemble of {len(runs)}")]))
    show(f"\nEnsemble: {ensemble.right / n:.1%} [{low:.1%}, {high:.1%}]")
    chosen = "on validation tracks" if part == "val" else "on these tracks, which flatters it"
    show(f"Best member, chosen {chosen}: {runs[best]}")
    comparison = Comparison.of(ensemble.rows, predictions[str(runs[best])], names=("the ensemble", str(runs[best])))
    show(f"McNemar's exact test: p = {comparison.p:.3g}")
    show(comparison.sentence("the ensemble", "its best member"))
    if arguments.csv:
        try:
            write_rows(arguments.csv, list(ensemble.rows[0]), (row.values() for row in ensemble.rows))
        except OSError as error:
            raise UserError(f"--csv {arguments.csv}: {reason_of(error)}.") from error
    return 0
