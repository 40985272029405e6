"""``gtzan table``: a sweep, or a folder of runs, in one table."""

import argparse
from pathlib import Path

from gtzan.experiments.processes.terminal import show

EPILOG = """\
The table is made from the folders of the points, whatever has become of the sweep. Runs that differ only in seed or
fold are in one row. In a folder of runs, what else tells them apart is a column, and of runs with the same settings
the last one counts. In a sweep's folder, table.csv and table.md are written again."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="SWEEP_DIR", type=Path, help="of runs/sweeps, or any folder of runs")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_const", dest="form", const="csv", help="print numbers in full, as CSV")
    form.add_argument("--markdown", action="store_const", dest="form", const="markdown", help="print Markdown")
    parser.set_defaults(run=run, form="text")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    from gtzan.experiments.sweeps.table import Table

    table = Table.of(arguments.folder)
    if (arguments.folder / "sweep.json").exists():
        table.write(arguments.folder)
    show({"text": table.text, "csv": table.csv, "markdown": table.markdown}[arguments.form]().rstrip("\n"))
    return 0
