"""``gtzan data``: download GTZAN, compose the built-in corpus, and check a corpus for faults."""

import argparse

from gtzan.experiments.processes.terminal import show


def register(parser: argparse.ArgumentParser) -> None:
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
