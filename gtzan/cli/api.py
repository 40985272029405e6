"""The commands as functions, for notebooks and programs: ``gtzan.predict("song.mp3", model="runs/RUN")``.

Every mistake is a :class:`gtzan.errors.UserError`. Nothing here exits the process, reads the command line, or leaves
signal handlers or Hydra's state behind.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gtzan.cli.waveform import Audio, waveform_of
from gtzan.errors import UserError
from gtzan.experiments.runs.checkpoint_search import checkpoint_of, temperature_of
from gtzan.experiments.runs.folder import RunFolder

# Mistakes must answer at once: torch and Lightning are imported in the functions that use them.
if TYPE_CHECKING:
    from gtzan.corpora.corpus import Corpus
    from gtzan.evaluation.explanation import Explanation
    from gtzan.models.predictor import Prediction
    from gtzan.synthesis.synthesizer import Sample

Model = str | os.PathLike | RunFolder
"""A run, its folder, or a checkpoint."""


def extract_features(audio: Audio, sample_rate: int | None = None, **settings: Any) -> dict[str, np.ndarray]:
    """Extract the frame-level features of a file or a waveform.

    Args:
        audio: a file in any format, or a waveform ``(samples,)``.
        sample_rate: of a waveform, in Hz; the extractor's by default. A file knows its own.
        settings: arguments of :class:`gtzan.audio.features.FeatureExtractor`, such as ``n_mfcc=13``.

    Returns:
        ``(frames, values)`` by feature: ``mfcc``, ``chroma``, ``spectral_centroid`` …

    Raises:
        UserError: a setting that makes no sense, or audio that cannot be used.
    """
    from gtzan.experiments.configuration.arguments import EXTRACTOR

    if unknown := [name for name in settings if name not in EXTRACTOR]:
        raise UserError(f"There is no setting {unknown[0]}: choose from {', '.join(EXTRACTOR)}.")
    import torch

    from gtzan.audio.features import FeatureExtractor

    extractor = FeatureExtractor(**settings)
    waveform = waveform_of(audio, sample_rate, int(extractor.settings["sample_rate"]))
    frames = extractor(torch.from_numpy(waveform)[None])[0].numpy()
    return {name: frames[:, columns] for name, columns in extractor.columns.items()}


def open_corpus(root: str | os.PathLike, groups: str | None = None, name: str | None = None) -> "Corpus":
    """List the tracks of a folder of the form ``root/<genre>/…/<file>``, with their genres and, if known, artists.

    Args:
        root: the folder.
        groups: where artists are known from: ``folders``, ``tags`` or a CSV file, as ``data.groups``.
        name: for titles; the folder's own by default.

    Raises:
        UserError: no such folder, no audio in it, or a single genre.
    """
    from gtzan.corpora.folder import folder_corpus

    return folder_corpus(Path(root), groups, name)


def compose_corpus(
    root: str | os.PathLike,
    tracks_per_genre: int = 40,
    seconds: float = 15.0,
    seed: int = 0,
    genres: Sequence[str] | None = None,
) -> "Corpus":
    """Compose the built-in corpus, synthetic music in ten genres, or open it where it is composed already.

    ``train("data=builtin", "data.root=ROOT", …)`` trains on it, with the same numbers as ``data.tracks_per_genre=``,
    ``data.seconds=`` and ``data.seed=``.

    Args:
        root: the folder.
        tracks_per_genre: five at a time share an artist.
        seconds: length of each track.
        seed: another seed composes other music.
        genres: some of the ten; all by default.

    Raises:
        UserError: a number out of range, an unknown genre, or a folder that holds other music.
    """
    from gtzan.corpora.builtin import builtin_corpus

    chosen = None if genres is None else list(genres)
    return builtin_corpus(Path(root).expanduser(), tracks_per_genre, seconds, seed, chosen)


def train(*overrides: str, **settings: Any) -> RunFolder:
    """Train and judge a classifier or a generator, as ``python train.py`` does.

    Args:
        overrides: as on the command line: ``"model=dense"``, ``"data.root=songs"``.
        settings: the same as keyword arguments, where the key has no dot: ``epochs=20``, ``split="50/50"``.

    Returns:
        The folder of the finished run.

    Raises:
        UserError: a mistake in the settings or the data; a folder that was made for the run is removed if it is empty.
    """
    from omegaconf import open_dict

    from gtzan.experiments.configuration.command_line import hydra_arguments
    from gtzan.experiments.configuration.composition import compose
    from gtzan.experiments.configuration.hydra_errors import user_errors
    from gtzan.experiments.configuration.validation import validate
    from gtzan.experiments.processes.gpus import check_machine
    from gtzan.experiments.processes.launch import register_resolvers, remove_if_unused, run_dir

    words = [*overrides, *(f"{key}={_override(value)}" for key, value in settings.items())]
    if flags := [word for word in words if word.startswith("-")]:
        raise UserError(f"train() takes no {flags[0]}: it trains one run; call it in a loop for several.")
    register_resolvers()
    words = hydra_arguments(words, "train")
    with user_errors("train", words):
        cfg = compose("train", words, with_hydra=True)
        named = any(word.startswith("run_dir=") for word in words)
        run = cfg.run_dir if named else run_dir(cfg.runs, cfg.resume, cfg.hydra.job.override_dirname)
        folder = Path(run).absolute()
    with open_dict(cfg):
        cfg.hydra.runtime.output_dir = str(folder)
    validate(cfg)
    check_machine(cfg.trainer)

    from gtzan.experiments.processes.process_state import restored_process_state
    from gtzan.experiments.processes.scripts import load_program
    from gtzan.experiments.sweeps.points import reuse_or_run

    with restored_process_state(cfg):
        own = cfg.copy()
        with open_dict(own):
            own.run_dir = str(folder)
            del own["hydra"]
        try:
            reuse_or_run(load_program("train").train, own)
        except UserError:
            remove_if_unused(folder, own.runs)
            raise
    return RunFolder(folder)


def open_run(path: str | os.PathLike) -> RunFolder:
    """Open the folder of a run: its configuration, metrics, history, predictions and checkpoints.

    Raises:
        UserError: it is not a folder of a run.
    """
    run = RunFolder(Path(path).expanduser())
    if not run.has_config:
        raise UserError(f"{path} is not a run: it has no {run.config_file.name}.")
    return run


def predict(audio: Audio, model: Model, sample_rate: int | None = None, device: str = "cpu") -> "Prediction":
    """Classify a file or a waveform; of many files, :class:`gtzan.models.predictor.Predictor` loads the model once.

    Probabilities are calibrated where the model's run has a temperature.

    Args:
        audio: a file in any format, or a waveform ``(samples,)``.
        model: a classifier's run or checkpoint.
        sample_rate: of a waveform, in Hz; the model's by default.
        device: to compute on, such as ``cuda``.

    Raises:
        UserError: no classifier, or audio that cannot be used: silent, or shorter than 0.1 s, for instance.
    """
    checkpoint = _checkpoint(model)
    return _predict(audio, checkpoint, sample_rate, device, temperature_of(checkpoint) or 1.0)


def explain(audio: Audio, model: Model, genre: str | None = None, sample_rate: int | None = None) -> "Explanation":
    """Measure which seconds and bands of a file or a waveform speak for a genre, the likeliest one by default.

    The other arguments are those of :func:`predict`. Time grows with the audio's length.

    Raises:
        UserError: as :func:`predict`; a genre that the model does not know, or silence.
    """
    checkpoint = _checkpoint(model)
    from gtzan.evaluation.explanation import explain
    from gtzan.models.predictor import Predictor

    predictor = Predictor.load(checkpoint, temperature=temperature_of(checkpoint) or 1.0)
    return explain(predictor, waveform_of(audio, sample_rate, int(predictor.sample_rate)), genre)


def _predict(
    audio: Audio, checkpoint: Path, rate: int | None, device: str, temperature: float = 1.0, silence: bool = False
) -> "Prediction":
    from gtzan.corpora.sound import is_silent
    from gtzan.models.predictor import Predictor

    predictor = Predictor.load(checkpoint, device, temperature)
    if not isinstance(audio, np.ndarray):
        return predictor.predict_file(Path(audio).expanduser())
    waveform = waveform_of(audio, rate, int(predictor.sample_rate))
    if not silence and is_silent(waveform):  # as of files: a net would name a genre for nothing at all
        raise UserError("The waveform is silent: nothing above -80 dB.")
    return predictor.predict_waveform(waveform)


def generate(
    genre: str | Sequence[str],
    n: int = 1,
    seconds: float = 10.0,
    *,
    generator: Model,
    seed: int = 0,
    temperature: float = 1.0,
    device: str = "cpu",
) -> list["Sample"]:
    """Generate music with a trained generator.

    Args:
        genre: one, several, or ``"all"``.
        n: samples of each genre.
        seconds: length of each.
        generator: a generator's run or checkpoint.
        seed: another seed makes other samples.
        temperature: less for more typical, more for more surprising samples.
        device: to compute on, such as ``cuda``.

    Returns:
        Samples with ``waveform``, ``sample_rate``, ``genre`` and the generated ``mfcc``.

    Raises:
        UserError: no generator, a genre that it does not know, or a number out of range.
    """
    from gtzan.experiments.configuration.checks import check
    from gtzan.experiments.configuration.rules import RULES
    from gtzan.synthesis.request import Request

    numbers: dict[str, Any] = {"n": n, "seconds": seconds, "seed": seed, "temperature": temperature}
    for key, value in numbers.items():
        numbers[key] = int(value) if isinstance(value, np.integer) else value
        check(numbers, key, RULES[key])
    genres = (genre,) if isinstance(genre, str) else tuple(genre)
    if not genres:
        raise UserError(f'{genre} names no genre: give one, several, or "all".')
    request = Request(genres, **numbers)
    checkpoint = _checkpoint(generator)
    from gtzan.synthesis.synthesizer import Synthesizer

    return list(Synthesizer.load(checkpoint, device).samples(request))


def judge(audio: "Audio | Sample", judge: Model, sample_rate: int | None = None, device: str = "cpu") -> "Prediction":
    """Classify generated music.

    A sample is judged at the level that it was generated at, before mastering made it as loud as the others, as
    ``gtzan synthesize`` does it; a waveform or a file is judged as it is.

    Args:
        audio: a sample that :func:`generate` has made, a waveform ``(samples,)`` or a file.
        judge: run or checkpoint of a classifier; one that has not taught the generator.
        sample_rate: of a waveform, in Hz; the judge's by default.
        device: to compute on, such as ``cuda``.

    Raises:
        UserError: no classifier, or audio that cannot be used.
    """
    from gtzan.audio.generated import as_generated
    from gtzan.synthesis.synthesizer import Sample

    if isinstance(audio, Sample):
        # As in a synthesis, however soft it is.
        waveform = as_generated(audio.waveform, audio.sample_rate, audio.gain_db, audio.start)
        return _predict(waveform, _checkpoint(judge), audio.sample_rate, device, silence=True)
    return _predict(audio, _checkpoint(judge), sample_rate, device)


def _checkpoint(model: Model) -> Path:
    return checkpoint_of(model.path if isinstance(model, RunFolder) else Path(model).expanduser())


def _override(value: object) -> str:
    """A Python value as Hydra's overrides have it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_override, value))}]"
    return str(value)
