"""``gtzan compare``: is one run better than another, or is it noise?"""

import argparse
from pathlib import Path

from gtzan.experiments.processes.terminal import show

EPILOG = """\
Both runs must have been tested on the same tracks. Tracks that both name right, or both wrong, say nothing about which
is better; McNemar's exact test asks of the others whether one side's share could be a coin's."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("a", metavar="RUN_A", type=Path, help="run directory of a classifier")
    parser.add_argument("b", metavar="RUN_B", type=Path, help="and of another")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print both accuracies, the tracks on which they differ, and what follows."""
    from gtzan.evaluation.comparison import Comparison
    from gtzan.experiments.runs.folder import RunFolder

    a, b = RunFolder(arguments.a), RunFolder(arguments.b)
    c = Comparison.of(a.predictions(), b.predictions(), names=(str(a), str(b)))
    metrics = [run.metrics_if_readable() or {} for run in (a, b)]
    corpora = dict.fromkeys(numbers.get("corpus") for numbers in metrics)
    show(f"{c.n} held-out tracks of {' and '.join(str(corpus) for corpus in corpora if corpus) or 'both runs'}\n")
    show(f"A  {c.right_a / c.n:.1%}  {arguments.a}")
    show(f"B  {c.right_b / c.n:.1%}  {arguments.b}\n")
    show(f"right in A only: {c.only_a}    right in B only: {c.only_b}    McNemar's exact test: p = {c.p:.3g}")
    show(c.sentence("A", "B"))
    return 0
