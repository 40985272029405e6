"""The command ``gtzan``."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gtzan import __version__
from gtzan.cli import (
    compare,
    data,
    ensemble,
    explain,
    export,
    features,
    leaderboard,
    listening,
    paper,
    pca,
    predict,
    report,
    robust,
    serve,
    similar,
    table,
    track_map,
)
from gtzan.experiments.processes.exits import prepare_process, sentence_and_status
from gtzan.experiments.processes.scripts import PROGRAMS, run_program
from gtzan.experiments.processes.terminal import show, use_printable_logs

# Every command imports what it runs inside its function: help and mistakes must answer at once.


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 1 something is wrong with the data, 2 the user's mistake."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in PROGRAMS:  # Hydra reads what follows
        run_program(argv[0], argv[1:])
        return 0
    parser = _parser()
    if not argv:
        parser.print_help(sys.stderr)
        return 2
    arguments = parser.parse_args(argv)
    use_printable_logs()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    prepare_process()
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `| head` has seen enough; the interpreter must not complain when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except PermissionError as error:
        show(f"gtzan: {error.filename}: permission denied.", file=sys.stderr)
        return 2
    except BaseException as error:
        # What some commands keep, such as finished points and embeddings, they find again; most begin anew.
        ending = sentence_and_status(error, lambda: "Type the same command again.", Path.cwd())
        if ending is None:
            raise
        show(f"gtzan: {ending[0]}", file=sys.stderr)
        return ending[1]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("gtzan", description="Music genre data, features and predictions.")
    parser.add_argument("--version", action="version", version=f"gtzan {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_parser("train", help="train and evaluate a classifier or a generator (train.py with its overrides)")
    commands.add_parser("synthesize", help="generate music by genre and evaluate it (synthesize.py with its overrides)")
    data.register(commands.add_parser("data", help="download, compose and check corpora"))
    compare.register(commands.add_parser("compare", help="test whether two runs differ significantly in accuracy"))
    ensemble.register(commands.add_parser("ensemble", help="evaluate the mean probabilities of several runs"))
    explain.register(commands.add_parser("explain", help="show which seconds and bands of a song speak for its genre"))
    export.register(commands.add_parser("export", help="write a classifier as an ONNX file, its features inside"))
    features.register(commands.add_parser("features", help="build or inspect a feature store"))
    leaderboard.register(commands.add_parser("leaderboard", help="compare nets by protocols and seeds in one table"))
    listening.register(commands.add_parser("listening", help="make a blind listening test, or evaluate its answers"))
    track_map.register(commands.add_parser("map", help="draw the tracks of a folder on a page that plays them"))
    paper.register(commands.add_parser("paper", help="reproduce the paper's figures and results"))
    pca.register(commands.add_parser("pca", help="plot the PCA of a run's real and generated tracks"))
    predict.register(commands.add_parser("predict", help="predict the genres of audio files"))
    report.register(commands.add_parser("report", help="rebuild the report.html of a run, a sweep or a synthesis"))
    robust.register(commands.add_parser("robust", help="measure a run's accuracy on deformed music"))
    serve.register(commands.add_parser("serve", help="a local page to drop songs on, record, and hear a genre"))
    similar.register(commands.add_parser("similar", help="find the tracks of a folder that sound like a song"))
    table.register(commands.add_parser("table", help="print the results table of a sweep"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
