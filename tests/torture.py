"""Try hard to make gtzan lose, leak, hang or lie: ``python tests/torture.py [KIND ...] [--quick] [--seed N]``.

Prints a table and exits with status 1 unless nothing was lost, nobody let in, nothing hung, crashed, or was accepted
that should not be. Works in a temporary folder, without the network; not part of the test suite.
"""

import argparse
import os
import shlex
import sys
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from torture_kinds.faults import BAD, COLUMNS
from torture_kinds.watched import outcomes
from torture_kinds.world import World

KINDS = (
    "audio",
    "mutations",
    "values",
    "stores",
    "checkpoints",
    "configurations",
    "archives",
    "names",
    "bits",
    "missing_music",
    "kills",
    "signals",
    "full_disk",
    "file_systems",
    "concurrency",
)


def main() -> int:
    """Try the kinds asked for; the exit status."""
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := [kind for kind in arguments.kinds if kind not in KINDS]:
        parser.error(f"there is no kind {unknown[0]}: choose from {', '.join(KINDS)}")
    if arguments.case and len(arguments.kinds) != 1:
        parser.error("--case goes with one KIND")
    console = Console(width=120, highlight=False, markup=False, soft_wrap=True)
    deadline = time.monotonic() + 60 * arguments.minutes
    counts: dict[str, Counter] = {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as temporary:
        world = World(Path(temporary).resolve(), arguments.seed, arguments.quick)
        for name in ("numba", "matplotlib", "tmp"):
            (world.folder / name).mkdir()
        os.environ |= {
            "NUMBA_CACHE_DIR": str(world.folder / "numba"),
            "MPLCONFIGDIR": str(world.folder / "matplotlib"),
            "TMPDIR": str(world.folder / "tmp"),
            "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",  # of workers that were killed
        }
        console.print(f"seed {world.seed}, in {world.folder}")
        for kind in arguments.kinds or KINDS:
            module = f"torture_kinds.{kind}"
            cases = arguments.case or import_module(module).cases(world)
            counts[kind] = Counter(tried=len(cases))
            started = time.monotonic()
            for outcome in outcomes(world, module, cases, deadline):
                counts[kind][outcome.column] += 1
                if outcome.column in BAD:
                    failed = True
                    again = shlex.join([kind, "--seed", str(world.seed), "--case", outcome.case])
                    console.print(f"  {outcome.column}: {outcome.reason}\n    python tests/torture.py {again}")
                elif outcome.column == "skipped" and counts[kind]["skipped"] == 1:
                    console.print(f"  {kind}: skipped: {outcome.reason}")
            answered = sum(counts[kind][column] for column in COLUMNS)
            counts[kind]["tried"] = answered - counts[kind]["skipped"]
            console.print(f"{kind}: {answered} of {len(cases)} in {time.monotonic() - started:.0f} s")
            if answered < len(cases):
                console.print(f"  {kind}: no time for {len(cases) - answered} more: give --minutes")
    console.print(_table(counts))
    return 1 if failed else 0


def _table(counts: dict[str, Counter]) -> Table:
    table = Table("kind", "tried", *COLUMNS, box=MARKDOWN)
    for column in table.columns[1:]:
        column.justify = "right"
    total = sum(counts.values(), Counter())
    for kind, row in {**counts, "all": total}.items():
        table.add_row(kind, *(str(row[column]) for column in ("tried", *COLUMNS)))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("kinds", metavar="KIND", nargs="*", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--quick", action="store_true", help="a few tries of each kind")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices (default: %(default)s)")
    parser.add_argument("--case", action="append", metavar="CASE", help="this try alone, of one KIND")
    parser.add_argument("--minutes", type=float, default=60, metavar="M", help="at the most (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
