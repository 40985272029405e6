"""``gtzan paper``: every figure and number of the paper beside ours, on one page."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from gtzan.experiments.processes.terminal import show

EPILOG = """\
Overrides are those of train.py: data=gtzan data.root=PATH, trainer.precision=bf16-mixed, or segments_per_track=2 where
hours are short. Finished experiments are reused; the same command resumes after an interruption. The page is rewritten
after each experiment."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("overrides", metavar="KEY=VALUE", nargs="*", default=[], help="for every experiment")
    parser.add_argument("--runs", metavar="FOLDER", type=Path, default=Path("runs"), help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run what is missing, write the page, and say where it is; 1 if something could not be done."""
    overrides = check_overrides(arguments.overrides)  # mistakes show before the slow imports that follow

    from gtzan.experiments.paper import EXPERIMENTS, reproduce
    from gtzan.experiments.processes.launch import slug
    from gtzan.experiments.sweeps.sweep import without_folders
    from gtzan.reports.paper_page import write_paper_page

    telling = without_folders(overrides)
    folder = arguments.runs / "paper" / (slug(",".join(sorted(telling))) or "default")
    outcomes, page = {}, folder / "paper.html"
    for outcomes in reproduce(overrides, arguments.runs):
        page = write_paper_page(folder, outcomes, telling)
    done = [outcome for outcome in outcomes.values() if outcome.state == "done"]
    show(f"\n{len(done)} of {len(EXPERIMENTS)} experiments are done. The page: {page}")
    return 0 if len(done) == len(EXPERIMENTS) else 1


def check_overrides(words: Sequence[str]) -> list[str]:
    """The overrides as Hydra takes them, after every experiment's configuration was checked with them.

    Raises:
        UserError: the first mistake.
    """
    from gtzan.experiments.configuration.command_line import hydra_arguments
    from gtzan.experiments.paper import check
    from gtzan.experiments.processes.launch import register_resolvers

    register_resolvers()
    overrides = hydra_arguments(words, "train")
    check(overrides)
    return overrides
