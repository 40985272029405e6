"""``gtzan data``: download GTZAN, compose the built-in corpus, and check a corpus for faults."""

import argparse
import logging
from importlib.util import find_spec
from pathlib import Path

from gtzan.csv_files import write_rows
from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import printable, show, text_table

log = logging.getLogger(__name__)


def register(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    check = commands.add_parser("check", help="name every missing, broken, altered, doubled or odd file")
    check.add_argument("root", metavar="ROOT", help="GTZAN, or any folder of the form ROOT/<genre>/<file>")
    help_ = "what ROOT is (default: GTZAN where most files and all genres have its names)"
    check.add_argument("--as", dest="kind", choices=["gtzan", "folder"], help=help_)
    help_ = "rank tracks whose genre is probably wrong instead, by confident learning (pip install 'gtzan[labels]')"
    check.add_argument("--labels", action="store_true", help=help_)
    check.add_argument("--groups", metavar="CSV", help="with --labels: who the artists are, or: folders, tags")
    check.add_argument("--csv", metavar="FILE", type=Path, help="with --labels: write the list into a table, too")
    check.add_argument("--cache", metavar="FOLDER", default="data/features", help="of features (default: %(default)s)")
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
    if arguments.labels:
        return _check_labels(arguments)
    if arguments.groups or arguments.csv:
        raise UserError("--groups and --csv go with --labels.")
    from gtzan.corpora.check import check_corpus

    report = check_corpus(arguments.root, arguments.kind)
    show(report)
    return 1 if report.faults else 0


def _check_labels(arguments: argparse.Namespace) -> int:
    """Rank the tracks whose genre is suspect; 1 if there are any."""
    from gtzan.corpora.check import is_gtzan
    from gtzan.corpora.folder import folder_corpus
    from gtzan.corpora.gtzan import gtzan_corpus
    from gtzan.corpora.recordings import with_recordings

    if find_spec("cleanlab") is None:
        raise UserError("--labels needs the library cleanlab: pip install 'gtzan[labels]'.")
    root = Path(arguments.root).expanduser()
    gtzan = arguments.kind == "gtzan" or (arguments.kind is None and is_gtzan(root))
    if gtzan and arguments.groups:
        raise UserError("--groups goes with --as folder: the artists of GTZAN are known.")
    corpus = gtzan_corpus(root) if gtzan else folder_corpus(root, arguments.groups)
    corpus = with_recordings(corpus, arguments.cache)

    prepare_cpu()
    from gtzan.data.store import FeatureStore
    from gtzan.evaluation.suspect_labels import suspect_labels

    suspects = suspect_labels(FeatureStore.of(corpus, {"n_mfcc": 128}, arguments.cache))
    tracks = [corpus.tracks[suspect.track] for suspect in suspects]
    if not gtzan and any(track.group is None for track in corpus.tracks):
        log.warning(
            "Not every artist is known: where all tracks of an artist have the same wrong genre, that is not found; "
            "see --groups"
        )
    header = ("track", "genre", "probability", "suggested", "probability of it", "artist", "title")
    rows = [
        (t.name, t.genre, f"{s.given:.3f}", s.suggested, f"{s.likeliest:.3f}", t.artist or "", t.title or "")
        for s, t in zip(suspects, tracks, strict=True)
    ]
    if arguments.csv:
        try:
            write_rows(arguments.csv, ("path", *header), ((t.path, *row) for t, row in zip(tracks, rows, strict=True)))
        except OSError as error:
            raise UserError(f"--csv {arguments.csv}: {reason_of(error)}.") from error
    show(f"{len(suspects)} of {len(corpus.tracks)} labels of {corpus.label} are suspect, the most suspect first")
    if rows:
        show("\n" + text_table(header, [[printable(cell) for cell in row] for row in rows], right=(2, 4)))
    return 1 if suspects else 0


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
