"""The command ``gtzan``."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gtzan.cli import compare, features, paper, pca, predict, report, table
from gtzan.errors import UserError
from gtzan.experiments.processes.disk import is_full, no_space
from gtzan.experiments.processes.exits import interruption, prepare_process
from gtzan.experiments.processes.programs import PROGRAMS, run_program
from gtzan.experiments.processes.terminal import show, use_printable_logs

# Every command imports what it runs inside its function: help and mistakes must answer at once.


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 1 something is wrong with the data, 2 the user's mistake."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in PROGRAMS:  # Hydra reads what follows
        run_program(argv[0], argv[1:])
        return 0
    arguments = _parser().parse_args(argv)
    use_printable_logs()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    prepare_process()
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except UserError as error:
        show(f"gtzan: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough; the interpreter must not complain when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except PermissionError as error:
        show(f"gtzan: {error.filename}: permission denied.", file=sys.stderr)
        return 2
    except OSError as error:
        if not is_full(error):
            raise
        print(f"gtzan: {no_space(error, Path.cwd())} Then type the same command again.", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, SystemExit) as error:
        if (status := interruption(error)) is None:
            raise
        print("gtzan: stopped. Type the same command again to go on.", file=sys.stderr)
        return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("gtzan", description="Music genre data, features and predictions.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_parser("train", help="train and judge a classifier or a generator: train.py with its overrides")
    commands.add_parser("synthesize", help="generate music by genre, and judge it: synthesize.py with its overrides")
    _add_data(commands.add_parser("data", help="get, make and check corpora"))
    compare.register(commands.add_parser("compare", help="tell whether one run is better than another, or luckier"))
    features.register(commands.add_parser("features", help="extract features once, for here or to carry away"))
    paper.register(commands.add_parser("paper", help="reproduce the paper: every figure and number beside ours"))
    pca.register(commands.add_parser("pca", help="show how genres lie apart, real and generated, by a run's features"))
    predict.register(commands.add_parser("predict", help="name the genres of audio files with a trained model"))
    report.register(commands.add_parser("report", help="make the page of a run, a sweep or a synthesis again"))
    table.register(commands.add_parser("table", help="show a sweep in one table"))
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    check = commands.add_parser("check", help="name every missing, broken, altered, doubled or odd file")
    check.add_argument("root", metavar="ROOT", help="GTZAN, or any folder of the form ROOT/<genre>/<file>")
    help_ = "what ROOT is (default: GTZAN where most files and all genres have its names)"
    check.add_argument("--as", dest="kind", choices=["gtzan", "folder"], help=help_)
    check.set_defaults(run=_check)

    fetch = commands.add_parser("fetch", help="download GTZAN (1.2 GB), or extract an archive of it")
    fetch.add_argument("--url", help="address or path of a .tar.gz or .zip (default: marsyas/gtzan on Hugging Face)")
    fetch.add_argument("--to", metavar="FOLDER", default="data/gtzan", help="new folder (default: %(default)s)")
    fetch.set_defaults(run=_fetch)

    compose = commands.add_parser("compose", help="write the built-in corpus: ten genres of synthetic music")
    compose.add_argument("out", metavar="OUT", help="folder to write to")
    compose.add_argument("--tracks-per-genre", type=int, default=40, metavar="N", help="default: %(default)s")
    compose.add_argument("--seconds", type=float, default=15, metavar="S", help="per track (default: %(default)s)")
    compose.add_argument("--seed", type=int, default=0, metavar="SEED", help="default: %(default)s")
    compose.set_defaults(run=_compose)


def _check(arguments: argparse.Namespace) -> int:
    from gtzan.corpora.check import check_corpus

    report = check_corpus(arguments.root, arguments.kind)
    show(report)
    return 1 if report.faults else 0


def _fetch(arguments: argparse.Namespace) -> int:
    from gtzan.corpora.fetch import GTZAN_URL, fetch_gtzan

    report = fetch_gtzan(arguments.url or GTZAN_URL, arguments.to)
    show(report)
    show(f"\nGTZAN is in {arguments.to}.")
    return 1 if report.new_faults else 0


def _compose(arguments: argparse.Namespace) -> int:
    from gtzan.corpora.builtin import builtin_corpus

    corpus = builtin_corpus(
        arguments.out,
        tracks_per_genre=arguments.tracks_per_genre,
        seconds=arguments.seconds,
        seed=arguments.seed,
    )
    show(f"{len(corpus.tracks)} tracks of synthetic music in {len(corpus.genres)} genres are in {corpus.root}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
