"""``gtzan export``: a trained classifier as a file that runs without this project."""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from gtzan.cli.options import check_new_file
from gtzan.cli.predict import audio_below
from gtzan.errors import BrokenAudioError, UserError
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import printable, show
from gtzan.experiments.runs.checkpoint_search import checkpoint_of, temperature_of

CLIPS = 10

EPILOG = """\
The graph takes waveforms (batch, samples) of one segment, mono within ±1, and gives probabilities (batch, genres);
features are computed inside. Its metadata name sample_rate, samples, classes, trained_on and, for the mean over a
track's segments, temperature. Before the file is written, its probabilities are compared with PyTorch's on ten clips,
composed ones unless --clips names others, and on silence."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("model", metavar="RUN", help="run folder or checkpoint of a classifier")
    parser.add_argument("--onnx", metavar="FILE", type=Path, required=True, help="the file to write")
    parser.add_argument("--clips", metavar="FOLDER", help="audio to compare on (default: composed music)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file, and print what it takes and how far it is from PyTorch."""
    if missing := [name for name in ("onnx", "onnxruntime", "onnxscript") if find_spec(name) is None]:
        raise UserError(f"--onnx needs the library {missing[0]}: pip install 'gtzan[onnx]'.")
    checkpoint = checkpoint_of(arguments.model)
    check_new_file("--onnx", arguments.onnx)

    prepare_cpu()
    from gtzan.models.onnx_export import export_onnx
    from gtzan.models.predictor import Predictor

    predictor = Predictor.load(checkpoint, temperature=temperature_of(checkpoint) or 1.0)
    rate, samples = predictor.sample_rate, predictor.length * predictor.hop
    clips = _own(arguments.clips, rate, samples) if arguments.clips else _composed(rate, samples)
    silence = np.zeros(samples, np.float32)
    difference = export_onnx(predictor, arguments.onnx, [*clips, silence])
    show(f"{printable(arguments.onnx)}: {predictor.name}, trained on {predictor.corpus}")
    genres = len(predictor.classes)
    show(f"waveform (batch, {samples}), {samples / rate:.2f} s at {rate} Hz, to probabilities (batch, {genres})")
    show(f"largest difference to PyTorch on {len(clips)} clips and silence: {difference:.1e}")
    return 0


def _own(folder: str, rate: int, samples: int) -> list[np.ndarray]:
    """The beginnings of the first ten audio files below a folder that are long enough."""
    from gtzan.audio.files import read_segment

    clips = []
    for path in audio_below([folder])[0]:
        try:
            clip = read_segment(path, 0, 1.01 * samples / rate, rate)[:samples]
        except BrokenAudioError:
            continue
        if len(clip) == samples and clip.any():
            clips.append(clip)
        if len(clips) == CLIPS:
            break
    if not clips:
        raise UserError(
            f"--clips {folder} holds no audio of {samples / rate:.1f} s that can be read and is not silent."
        )
    return clips


def _composed(rate: int, samples: int) -> list[np.ndarray]:
    """The beginning of a composed song of each genre of the built-in corpus."""
    from gtzan.audio.files import resample
    from gtzan.corpora.composer.render import SAMPLE_RATE, Studio
    from gtzan.corpora.composer.styles import STYLES

    studio, seconds = Studio(), samples / rate + 1
    songs = [studio.record(0, genre, 0, seconds).waveform for genre in list(STYLES)[:CLIPS]]
    return [resample(song.astype(np.float32), SAMPLE_RATE, rate)[:samples] for song in songs]
