"""``gtzan similar``: the tracks of a folder that sound like a song."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from gtzan.cli.options import MODEL
from gtzan.cli.predict import audio_below
from gtzan.errors import UserError
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import printable, show, text_table
from gtzan.experiments.runs.checkpoint_search import checkpoint_of

EPILOG = """\
Similarity is the cosine between the mean inputs of a trained classifier's last layer, each dimension standardised over
the folder: 1 for the same sound, about 0 for two tracks that have nothing in common. Embeddings are kept in the cache
by the files' content and the classifier's weights. The exit status is 1 if a file of the folder cannot be read."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("song", metavar="SONG", help="an audio file")
    parser.add_argument("--in", dest="folder", metavar="FOLDER", required=True, help="the folder of tracks to look in")
    parser.add_argument("--model", metavar="RUN_OR_CHECKPOINT", help=MODEL)
    parser.add_argument("-n", type=int, default=10, metavar="N", help="how many tracks (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    parser.add_argument("--cache", metavar="FOLDER", default="data/features", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the nearest tracks; 1 if a file could not be read."""
    if arguments.n < 1:
        raise UserError(f"-n {arguments.n}: ask for one track at least.")
    checkpoint = checkpoint_of(arguments.model)
    song = Path(arguments.song)
    if not song.is_file():
        raise UserError(f"{song} is no file: name a song.")
    if not Path(arguments.folder).is_dir():
        raise UserError(f"--in {arguments.folder} is not a folder: name a folder of songs.")
    files, missing = audio_below([arguments.folder])
    files = [file for file in files if file.resolve() != song.resolve()]
    if not files:
        raise UserError(f"{arguments.folder} holds no other audio file that can be read.")

    prepare_cpu()
    from gtzan.evaluation.similarity import nearest
    from gtzan.models.embeddings import embed_files
    from gtzan.models.predictor import Predictor

    predictor = Predictor.load(checkpoint)
    found, broken = embed_files(checkpoint, predictor, [song, *files], Path(arguments.cache))
    if song in broken:
        raise UserError(f"{song}: {broken[song]}")
    query = found.pop(song).vector
    if not found:
        raise UserError(f"{arguments.folder} holds no other audio file that can be read.")
    for path, reason in (missing | broken).items():
        show(f"gtzan: {printable(path)}: {reason}", file=sys.stderr)
    if len(found) < 2:  # standardised over itself, it is all zeros
        raise UserError(f"{arguments.folder} holds one other track: similarity is relative to two or more.")
    paths = list(found)
    vectors = np.stack([embedding.vector for embedding in found.values()])
    ranking = [(paths[i], similarity) for i, similarity in nearest(query, vectors, arguments.n)]
    if arguments.json:
        similar = [{"file": str(path), "similarity": round(similarity, 4)} for path, similarity in ranking]
        facts = {"song": str(song), "model": str(checkpoint), "trained_on": predictor.corpus, "similar": similar}
        show(json.dumps(facts, indent=2))
    else:
        show(f"{printable(song)} and {len(found)} tracks, by a classifier trained on {predictor.corpus}\n")
        show(text_table(("similarity", "track"), [(f"{s:.2f}", printable(path)) for path, s in ranking], right=(0,)))
    return 1 if missing or broken else 0
