"""``gtzan map``: the tracks of a folder as dots on a page that plays them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gtzan.cli.options import MODEL, check_new_file
from gtzan.cli.predict import audio_below
from gtzan.errors import UserError
from gtzan.evaluation.track_map import Axis, check_umap
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import printable, show
from gtzan.experiments.runs.checkpoint_search import checkpoint_of

MOST_GENRES = 20  # folders; more are artists' or albums'
# Of a feature extractor's columns, those that people have a word for.
FEATURES = {
    "mfcc_1": "level",
    "spectral_centroid": "spectral centroid",
    "spectral_bandwidth": "spectral bandwidth",
    "spectral_rolloff": "spectral roll-off",
    "zero_crossing_rate": "zero crossing rate",
}

EPILOG = """\
A track lies where the mean inputs of a trained classifier's last layer place it, which are kept in the cache. Colours
are the folders in FOLDER if each track lies in one of 2 to 20 of them, else the genres that the classifier predicts.
The page holds excerpts of up to 250 tracks; of more, it plays the files themselves. The exit status is 1 if a file of
the folder cannot be read."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="FOLDER", help="of tracks, in genre folders or not")
    parser.add_argument("--out", metavar="FILE", type=Path, default="map.html", help="the page (default: %(default)s)")
    parser.add_argument("--umap", action="store_true", help="lay out neighbours by UMAP instead of a PCA")
    parser.add_argument("--model", metavar="RUN_OR_CHECKPOINT", help=MODEL)
    parser.add_argument("--cache", metavar="FOLDER", default="data/features", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the page; 1 if a file could not be read."""
    out, folder = arguments.out, Path(arguments.folder)
    if arguments.umap:
        check_umap()
    checkpoint = checkpoint_of(arguments.model)
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: name a folder of songs.")
    check_new_file("--out", out)
    files, missing = audio_below([arguments.folder])
    if not files:
        raise UserError(f"{folder} holds no audio file that can be read.")

    prepare_cpu()
    from gtzan.corpora.gtzan import is_composed
    from gtzan.evaluation.track_map import principal_components, umap_layout
    from gtzan.models.embeddings import embed_files
    from gtzan.models.predictor import Predictor
    from gtzan.reports.track_map_page import MappedTrack, describe, write_map_page

    predictor = Predictor.load(checkpoint)
    found, broken = embed_files(checkpoint, predictor, files, Path(arguments.cache))
    for path, reason in (missing | broken).items():
        show(f"gtzan: {printable(path)}: {reason}", file=sys.stderr)
    if not found:
        raise UserError(f"{folder} holds no audio file that can be read.")
    genres = genre_folders(folder, list(found))
    tracks = []
    for path, embedding in found.items():
        name, predicted = str(path.relative_to(folder)), predictor.classes[embedding.probabilities.argmax()]
        group = path.relative_to(folder).parts[0] if genres else predicted
        tracks.append(MappedTrack(path, name, group, predicted, float(embedding.seconds)))

    vectors = np.stack([embedding.vector for embedding in found.values()])
    axes: tuple[Axis, ...] = ()
    if arguments.umap:
        points = umap_layout(vectors)
    else:
        names = getattr(predictor.extractor, "names", [])
        columns = [i for i, name in enumerate(names) if name in FEATURES]
        features = np.stack([embedding.features for embedding in found.values()])[:, columns]
        points, axes = principal_components(vectors, features, [FEATURES[names[i]] for i in columns])
    title = f"{folder.resolve().name} (synthetic music)" if is_composed(folder) else folder.resolve().name
    facts = {"title": title, "trained_on": predictor.corpus, "by_folder": bool(genres)}
    holds_sound = write_map_page(out, tracks, points, axes, **facts)

    show(f"{len(tracks)} tracks of {printable(title)}, by a classifier trained on {predictor.corpus}")
    show(f"colours: {'the folders' if genres else 'predicted genres'}")
    for i, axis in enumerate(axes):
        show(describe(axis, i, points[:, i], tracks))
    show(f"{printable(out)} {'holds an excerpt of each track' if holds_sound else 'plays the files where they are'}")
    return 1 if missing or broken else 0


def genre_folders(folder: Path, files: Sequence[Path]) -> list[str]:
    """The folders in ``folder`` if each file lies below one of them, and they may be genres; else none."""
    parts = [path.relative_to(folder).parts for path in files]
    names = sorted({below[0] for below in parts if len(below) > 1})
    return names if all(len(below) > 1 for below in parts) and 1 < len(names) <= MOST_GENRES else []
