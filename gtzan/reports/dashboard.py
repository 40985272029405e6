"""TensorBoard output of a finished run beside its curves: images, audio, hyper-parameters, embeddings."""

import logging
import math
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from lightning import Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig, OmegaConf
from PIL import Image

from gtzan.audio.files import read_audio
from gtzan.errors import BrokenAudioError
from gtzan.evaluation.classification import Results
from gtzan.evaluation.mistakes import Mistake
from gtzan.reports.plots.style import one_line

log = logging.getLogger(__name__)

HYPERPARAMETERS = ("epochs", "batch_size", "lr", "seed", "segment_seconds", "hop_seconds", "segments_per_track")


class Dashboard:
    """Writes to a trainer's TensorBoard logger.

    Args:
        logger: the logger, whose folder lies in the run folder.
        step: the training step at which everything is logged.
    """

    def __init__(self, logger: TensorBoardLogger, step: int) -> None:
        self.logger, self.step = logger, step

    @classmethod
    def of(cls, trainer: Trainer) -> "Dashboard | None":
        """The trainer's dashboard, ``None`` if it logs elsewhere or nowhere."""
        loggers = [logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
        return cls(loggers[0], trainer.global_step) if loggers else None

    def add_picture(self, name: str, picture: np.ndarray) -> None:
        """Add RGB pixels ``(height, width, 3)`` under a name; ``misclassified_01`` becomes ``misclassified/01``."""
        self.logger.experiment.add_image(name.replace("_", "/", 1), picture, self.step, dataformats="HWC")

    def add_sounds(self, mistakes: Sequence[Mistake], results: Results, sample_rate: int, seconds: float) -> None:
        """Add the audio of each mistake's most confidently wrong segment, where the file is on this machine."""
        for number, mistake in enumerate(mistakes, start=1):
            path = results.corpus.tracks[mistake.track].path
            if not path.exists():
                log.info(
                    "The audio is not on this machine (%s): the misclassified tracks have no audio in TensorBoard.",
                    path,
                )
                return
            try:
                waveform = read_audio(path, sample_rate)
            except BrokenAudioError as error:
                log.warning("A misclassified track has no audio in TensorBoard: %s", error)
                continue
            first = round(mistake.start * sample_rate)
            segment = torch.from_numpy(waveform[first : first + round(seconds * sample_rate)])
            self.logger.experiment.add_audio(
                f"misclassified/{number:02d}_audio", segment.clamp(-1, 1), self.step, sample_rate
            )

    def add_sound(self, name: str, wav: Path) -> None:
        """Add a WAV file to the AUDIO tab."""
        waveform, sample_rate = soundfile.read(wav, dtype="float32")
        self.logger.experiment.add_audio(name, torch.from_numpy(waveform), self.step, sample_rate)

    def add_synthesis(self, settings: dict[str, str], metrics: dict) -> None:
        """Fill the HPARAMS tab with a synthesis: its settings and metrics."""
        numbers = {name: value for name, value in metrics.items() if name.count("/") == 1 and math.isfinite(value)}
        self.logger.log_hyperparams(settings, numbers, self.step)

    def add_hyperparameters(self, cfg: DictConfig, metrics: dict) -> None:
        """Fill the HPARAMS tab: hyper-parameters and final metrics."""
        data = {name: metrics[name] for name in ("corpus", "split")}
        self.logger.log_hyperparams(data | hyperparameters(cfg), final_metrics(metrics), self.step)

    def add_embedding(self, results: Results) -> None:
        """Add the test tracks to the projector, where the net has embeddings."""
        if results.embeddings is None:
            return
        corpus = results.corpus
        index, _, probabilities = results.held_out
        rows = [corpus.tracks[i] for i in index.tolist()]
        predicted = [corpus.genres[p] for p in probabilities.argmax(dim=1).tolist()]
        metadata = [
            [one_line(text, 100) for text in (t.name, t.genre, p, t.artist or "unknown")]
            for t, p in zip(rows, predicted, strict=True)
        ]
        # The writer would print a warning where a finished run is resumed.
        shutil.rmtree(Path(self.logger.log_dir) / f"{self.step:05d}", ignore_errors=True)
        self.logger.experiment.add_embedding(
            results.embeddings[np.isin(results.split.test, index.numpy())],
            metadata,
            metadata_header=["track", "genre", "prediction", "artist"],
            global_step=self.step,
            tag="test_tracks",
        )

    def close(self) -> None:
        self.logger.finalize("success")


def save_pictures(pictures: Iterable[tuple[str, np.ndarray]], folder: Path, dashboard: Dashboard | None) -> None:
    """Save each picture, RGB ``(height, width, 3)``, as ``<name>.png`` in a folder, and add it to any dashboard."""
    for name, picture in pictures:
        Image.fromarray(picture).save(folder / f"{name}.png")
        if dashboard:
            dashboard.add_picture(name, picture)


def final_metrics(metrics: dict) -> dict[str, float]:
    """Of ``metrics.json``, the numbers of the test part and of all tracks, not by genre."""
    return {
        name: float(value)
        for name, value in metrics.items()
        if name.startswith(("test/", "all/")) and name.count("/") == 1 and value is not None
    }


def hyperparameters(cfg: DictConfig) -> dict:
    """The hyper-parameters of a run, flat: net, view, optimizer, features and numbers, without paths and devices."""
    nodes = {"net": cfg.model.net, "view": cfg.model.view, "optimizer": cfg.optimizer, "features": cfg.features}
    flat: dict[str, Any] = {}
    for name, node in nodes.items():
        values: Any = OmegaConf.to_container(node, resolve=True)
        for key, value in values.items():
            if key == "_target_":
                flat[name] = value.rpartition(".")[2]
            elif f"{name}.{key}" != "optimizer.lr":
                flat[f"{name}.{key}"] = value if isinstance(value, bool | int | float | str) else str(value)
    return flat | {name: "none" if cfg[name] is None else cfg[name] for name in HYPERPARAMETERS}
