"""``gtzan explain``: which seconds and bands of a song speak for its genre."""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from gtzan.cli.options import MODEL
from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import printable, show, text_table
from gtzan.experiments.runs.checkpoint_search import checkpoint_of, temperature_of

TOP = 3
LONGEST = 300.0  # seconds that are explained: time grows with them

EPILOG = """\
Each of eight bands in each window of about a second is made 20 dB softer, and so is each window and each band as a
whole. Evidence for a genre is the drop in its log-odds then, in the segment of the model's length that is
concerned. FOLDER gets a picture, the values as JSON, and the audio with all but the strongest fifth of its parts 20 dB
softer. Of audio longer than five minutes, the first five are explained."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("song", metavar="SONG", type=Path, help="an audio file")
    parser.add_argument("--model", metavar="RUN_OR_CHECKPOINT", help=MODEL)
    parser.add_argument("--genre", help="what speaks for this genre (default: for the likeliest)")
    help_ = "where picture, audio and values go (default: %(default)s)"
    parser.add_argument("--out", metavar="FOLDER", type=Path, default="explanations", help=help_)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and print the seconds and the bands with the most evidence for the genre."""
    song, out = arguments.song, arguments.out
    checkpoint = checkpoint_of(arguments.model)
    if not song.is_file():
        raise UserError(f"{song} is no file: name a song.")

    prepare_cpu()
    from gtzan.evaluation.explanation import explain
    from gtzan.models.predictor import Predictor
    from gtzan.reports.explanation_files import write_explanation

    predictor = Predictor.load(checkpoint, temperature=temperature_of(checkpoint) or 1.0)
    waveform = beginning(song, predictor.sample_rate)
    try:
        found = explain(predictor, waveform, arguments.genre)
    except UserError as error:
        raise UserError(f"{song}: {error}") from error
    try:
        paths = write_explanation(out, found, waveform, predictor.sample_rate, song.name, predictor.corpus)
    except OSError as error:
        raise UserError(f"--out {out}: {reason_of(error)}.") from error

    genre = printable(found.genre)
    show(f"{printable(song)}: {genre} {found.probability:.0%}, by {predictor.name}, trained on {predictor.corpus}\n")
    windows = [f"second {start:.1f} to {end:.1f}" for start, end in pairwise(found.seconds)]
    bands = [f"{low:.0f} to {high:.0f} Hz" for low, high in pairwise(found.hertz)]
    most = [*_most(found.by_second, found.probabilities, windows), *_most(found.by_band, np.ones(len(bands)), bands)]
    if most:
        show(text_table((f"speaks for {genre}", "log-odds"), most, right=(1,)))
    else:
        show(f"No second and no band speaks for {genre}: where one is softer, it gets likelier.")
    show("\n" + "\n".join(printable(path) for path in paths))
    return 0


def beginning(song: Path, sample_rate: int) -> np.ndarray:
    """What is explained of a file, float32 ``(samples,)``, mono: all of it up to ``LONGEST`` seconds.

    Raises:
        BrokenAudioError: it cannot be read.
    """
    from gtzan.audio.files import stream_audio

    blocks, samples, most = [], 0, round(LONGEST * sample_rate)
    for block in stream_audio(song, sample_rate):
        blocks.append(block)
        samples += len(block)
        if samples >= most:
            break
    return np.concatenate(blocks)[:most]


def _most(evidence: np.ndarray, probabilities: np.ndarray, names: list[str]) -> Iterator[tuple[str, str]]:
    """The parts with the most evidence for the genre, where it is positive."""
    for i in np.argsort(-evidence * probabilities, kind="stable")[:TOP]:
        if evidence[i] > 0:
            yield names[i], f"{evidence[i]:+.2f}"
