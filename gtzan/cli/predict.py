"""``gtzan predict``: genre predictions for audio files."""

import argparse
import logging
import os
import sys
from pathlib import Path

from gtzan.cli.options import MODEL, add_min_confidence, check_min_confidence
from gtzan.cli.prediction_writers import WRITERS
from gtzan.cli.retagging import Retagging, undo
from gtzan.errors import BrokenAudioError, UserError, reason_of
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import printable, show
from gtzan.experiments.runs.checkpoint_search import checkpoint_of, temperature_of
from gtzan.experiments.runs.folder import RunFolder

log = logging.getLogger(__name__)

EPILOG = """\
A file is cut into segments of the length that the model was trained on; the remainder is covered by a segment that
ends with the file, weighted by its length. Files that cannot be read, or drawn, are reported on the standard error, and
the exit status is then 1. Probabilities of files are calibrated where the run has validation tracks, those of segments
are not."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("files", nargs="*", metavar="FILE", help="audio files, or folders of them")
    averaged = f"{MODEL}; several are averaged"
    parser.add_argument("--model", metavar="RUN_OR_CHECKPOINT", nargs="+", action="append", help=averaged)
    parser.add_argument("--timeline", action="store_true", help="also print each segment's prediction")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_const", dest="form", const="json", help="print one JSON document")
    form.add_argument("--csv", action="store_const", dest="form", const="csv", help="print a table of all genres")
    parser.add_argument("--plot", metavar="FOLDER", type=Path, help="draw each file's timeline into FOLDER")
    add_min_confidence(parser)
    tags = parser.add_argument_group("tags")
    tags.add_argument("--write-tags", action="store_true", help="show which genre tags of the files would change")
    tags.add_argument("--yes", action="store_true", help="with --write-tags: change them, and leave an undo file")
    tags.add_argument("--undo", metavar="FILE", type=Path, help="put the genre tags back that an undo file remembers")
    parser.add_argument("--device", default="cpu", help="such as cuda (default: %(default)s)")
    parser.set_defaults(run=run, form="text")


def run(arguments: argparse.Namespace) -> int:
    """Predict one file after the other; 1 if any of them could not be read, or drawn."""
    # Before the slow imports that follow, so that mistakes are reported at once.
    models, music = _apart(arguments.model or [])
    arguments.files += music
    if arguments.undo:
        return undo(arguments)
    if not arguments.files:
        raise UserError("No file is named: gtzan predict song.mp3 album/")
    check_min_confidence(arguments.min_confidence)
    retagging = Retagging.asked(arguments)
    checkpoints = [checkpoint_of(model) for model in models] or [checkpoint_of(None)]
    if len({os.path.realpath(path) for path in models}) < len(models):
        raise UserError("A model is named twice: an ensemble has each member once.")
    files, missing = audio_below(arguments.files)
    if not files:
        raise UserError("; ".join(f"{path}: {reason}" for path, reason in missing.items()) + ".")

    prepare_cpu()
    from gtzan.models.ensemble_predictor import EnsemblePredictor
    from gtzan.models.predictor import Predictor

    # An ensemble averages what its members say, as gtzan ensemble has measured it.
    temperature = temperature_of(checkpoints[0]) if len(checkpoints) == 1 else None
    if temperature is None and (arguments.min_confidence or retagging):
        show(f"gtzan: {_uncalibrated(checkpoints)}", file=sys.stderr)
    members = [Predictor.load(checkpoint, arguments.device, temperature or 1.0) for checkpoint in checkpoints]
    predictor = members[0] if len(members) == 1 else EnsemblePredictor(members)
    writer = WRITERS[arguments.form](predictor, " + ".join(map(str, checkpoints)), files, arguments.timeline)
    writer.min_confidence = arguments.min_confidence
    failed = bool(missing)
    for path, reason in missing.items():
        show(f"gtzan: {printable(path)}: {reason}", file=sys.stderr)
        writer.broken(path, reason)
    plots = Plots(arguments.plot, predictor) if arguments.plot else None
    for file in files:
        try:
            prediction = predictor.predict_file(file)
        except BrokenAudioError as error:
            failed = True
            show(f"gtzan: {printable(error)}", file=sys.stderr, flush=True)
            writer.broken(file, error.reason)
            continue
        writer.write(file, prediction)
        if plots:
            try:
                plots.draw(file, prediction)
            except UserError as error:  # the predictions are worth more than the pictures
                failed = True
                show(f"gtzan: {printable(error)}", file=sys.stderr, flush=True)
        if retagging:
            retagging.add(file, writer.genre(prediction))
    writer.close()
    if plots:
        log.info("The timelines are in %s", arguments.plot)
    if retagging:
        failed |= retagging.finish()
    return 1 if failed else 0


def _apart(options: list[list[str]]) -> tuple[list[str], list[str]]:
    """The models and the audio among the words of each ``--model``, which takes the files that follow it, too.

    The first of each is a model in any case: a mistake in its name must not pass for one in a file's.
    """
    models: list[str] = []
    files: list[str] = []
    for first, *others in options:
        models.append(first)
        for word in others:
            is_model = Path(word).suffix == ".ckpt" or RunFolder(Path(word)).checkpoints.is_dir()
            (models if is_model else files).append(word)
    return models, files


def _uncalibrated(checkpoints: list[Path]) -> str:
    if len(checkpoints) > 1:
        return "an ensemble's probabilities are not calibrated: take them as a ranking."
    return (
        f"the probabilities of {printable(checkpoints[0])} are not calibrated, for its run has no temperature: "
        "train with a split that has validation tracks (split=fault_filtered on GTZAN; for other music, data=table "
        "with a column split), or take them as a ranking."
    )


def audio_below(paths: list[str]) -> tuple[list[Path], dict[Path, str]]:
    """Every file named and every audio file below a folder named, each once, in order; and what is wrong with the rest.

    Audio that cannot be used is included, to be named like other broken files rather than passed over.
    """
    from gtzan.corpora.walk import audio_files

    files: dict[Path, Path] = {}
    missing: dict[Path, str] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found = audio_files(path)
            missing |= found.left_out
            if not found.usable and not found.left_out:
                missing[path] = "no audio file in this folder"
            for file in found.usable:
                files.setdefault(file.resolve(), file)
        elif not os.path.lexists(path):
            missing[path] = "no such file"
        else:
            files.setdefault(Path(os.path.realpath(path)), path)
    return list(files.values()), missing


class Plots:
    """A PNG for each file, named like it; files of one name are numbered."""

    def __init__(self, folder: Path, predictor) -> None:
        self.folder, self.title = folder, f"model trained on {predictor.corpus}"
        self.taken: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"--plot {folder}: {reason_of(error)}.") from error

    def draw(self, file: Path, prediction) -> None:
        """Draw one timeline.

        Raises:
            UserError: it cannot be written: too long a name, a folder in its place, a full disk.
        """
        from PIL import Image

        from gtzan.reports.plots.classification import timeline
        from gtzan.reports.plots.style import pixels

        name, number = file.name, 2
        while name in self.taken:
            name, number = f"{file.name}-{number}", number + 1
        self.taken.add(name)
        p = prediction
        figure = timeline(p.segments, p.edges, p.probabilities, p.classes, file.name, self.title)
        path = self.folder / f"{name}.png"
        try:
            Image.fromarray(pixels(figure)).save(path)
        except OSError as error:
            raise UserError(f"--plot {path}: {reason_of(error)}.") from error
