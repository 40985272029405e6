"""``gtzan leaderboard``: nets × protocols × seeds in one table, with what others have published."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from gtzan.errors import UserError
from gtzan.experiments.processes.terminal import show

log = logging.getLogger(__name__)

SEEDS = ["0", "1", "2"]

EPILOG = """\
Overrides are those of train.py: data=gtzan data.root=PATH, cache=FOLDER. Finished runs are reused; the same command
resumes after an interruption. The page is rewritten after each sweep."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("overrides", metavar="KEY=VALUE", nargs="*", default=[], help="for every run")
    parser.add_argument(
        "--nets",
        metavar="NET",
        nargs="+",
        default=[],
        help="values of model= (default: dense blocks resnet, and probe where musicnn is installed)",
    )
    parser.add_argument(
        "--protocols",
        metavar="PROTOCOL",
        nargs="+",
        default=[],
        help="values of split=, all folds of each (default: fault_filtered artist 80/20, where there are any)",
    )
    parser.add_argument("--seeds", metavar="SEED", nargs="+", default=SEEDS, help="default: 0 1 2")
    parser.add_argument("--runs", metavar="FOLDER", type=Path, default=Path("runs"), help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run what is missing, write and print the table; 1 if something could not be done."""
    given = list(arguments.overrides)
    # An option of several words takes the overrides that follow it.
    nets, protocols, seeds = (_apart(words, given) for words in (arguments.nets, arguments.protocols, arguments.seeds))

    from gtzan.experiments.configuration.command_line import hydra_arguments
    from gtzan.experiments.leaderboard import make_plan, run_all
    from gtzan.experiments.processes.launch import register_resolvers, slug
    from gtzan.experiments.sweeps.sweep import without_folders

    register_resolvers()
    overrides = hydra_arguments(given, "train")
    plan = make_plan(nets, protocols, [_seed(seed) for seed in seeds], overrides)  # mistakes show before slow imports
    for sentence in plan.skipped:
        log.info("%s", sentence)

    from gtzan.experiments.leaderboard_table import Leaderboard
    from gtzan.reports.leaderboard_page import write_leaderboard_page

    telling = sorted(without_folders(overrides))
    options = {"nets": nets, "protocols": protocols, "seeds": seeds if seeds != SEEDS else []}
    chosen = [f"{name}={','.join(words)}" for name, words in options.items() if words]
    pages = arguments.runs / "leaderboard"
    folder = pages / (slug(",".join([*telling, *chosen])) or "default")
    example = pages / (slug(",".join(telling)) or "default") / "leakage.json"  # the same for any nets
    board = page = None
    for results in run_all(plan, arguments.runs):
        board = Leaderboard(plan, results, {})
        page = write_leaderboard_page(folder, board)
    if board is None:
        return 1
    try:
        board = Leaderboard(plan, board.results, _leakage(overrides, example))
        page = write_leaderboard_page(folder, board)
    except UserError as error:
        log.warning("There is no example of leakage: %s", error)
    show(f"\n{board.text()}\n\nThe page: {page}")
    return 0 if all(entry.metrics is not None for entry in board.results.entries) else 1


def _leakage(overrides: Sequence[str], file: Path):
    from gtzan.experiments.leakage_example import leakage_example

    return leakage_example(overrides, file)


def _apart(words: Sequence[str], overrides: list[str]) -> list[str]:
    """Words that are no overrides; the others are added to these."""
    overrides += [word for word in words if "=" in word]
    return [word for word in words if "=" not in word]


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise UserError(f"--seeds {text}: a seed is a whole number from 0 up.")
    return int(text)
