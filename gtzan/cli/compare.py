"""``gtzan compare``: a significance test of two runs' accuracies on the same tracks."""

import argparse
from pathlib import Path

from gtzan.experiments.processes.terminal import show, text_table

EPILOG = """\
Both runs must have been tested on the same tracks. McNemar's exact test uses only the tracks that exactly one of the
two predicts correctly, and gives the probability of so uneven a division by chance."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("a", metavar="RUN_A", type=Path, help="run folder of a classifier")
    parser.add_argument("b", metavar="RUN_B", type=Path, help="and of another")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print both accuracies, the tracks on which they differ, and the test's result."""
    from gtzan.evaluation.comparison import Comparison
    from gtzan.experiments.runs.folder import RunFolder

    a, b = RunFolder(arguments.a), RunFolder(arguments.b)
    c = Comparison.of(a.predictions(), b.predictions(), names=(str(a), str(b)))
    metrics = [run.metrics_if_readable() or {} for run in (a, b)]
    corpora = dict.fromkeys(numbers.get("corpus") for numbers in metrics)
    show(f"{c.n} held-out tracks of {' and '.join(str(corpus) for corpus in corpora if corpus) or 'both runs'}\n")
    rows = [
        ("A", f"{c.right_a / c.n:.1%}", str(c.only_a), str(a)),
        ("B", f"{c.right_b / c.n:.1%}", str(c.only_b), str(b)),
    ]
    show(text_table(["", "accuracy", "correct only here", "run"], rows))
    show(f"\nMcNemar's exact test: p = {c.p:.3g}")
    show(c.sentence("A", "B"))
    return 0
