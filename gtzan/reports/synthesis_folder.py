"""The output folder of a synthesis."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig
from PIL import Image

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import write_wav
from gtzan.csv_files import write_rows
from gtzan.errors import UserError
from gtzan.experiments.companions import Companions
from gtzan.experiments.processes.launch import slug
from gtzan.experiments.runs.environment import command, record
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.trainer import make_loggers
from gtzan.models.predictor import rank
from gtzan.reports import synthesis_report, synthesis_table
from gtzan.reports.dashboard import Dashboard
from gtzan.reports.page import optional
from gtzan.reports.plots import sample as sample_plots
from gtzan.reports.plots.style import pixels
from gtzan.reports.synthesis_figures import draw_synthesis_figures
from gtzan.synthesis.judging import Judgement
from gtzan.synthesis.reference import Reference
from gtzan.synthesis.synthesizer import Sample, Synthesizer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """A sample on disk: its genre, number, gain in dB, and its WAV."""

    genre: str
    number: int
    gain_db: float
    wav: Path


class SynthesisFolder:
    """The folder of a synthesis: each sample as it is made, the verdicts and the page at the end.

    Args:
        path: the folder.
        cfg: the configuration, saved resolved.
        companions: the models used.
        synthesizer: what makes the samples.

    Raises:
        UserError: it cannot be written to.
    """

    def __init__(self, path: Path, cfg: DictConfig, companions: Companions, synthesizer: Synthesizer) -> None:
        self.path, self.cfg, self.companions, self.synthesizer = path, cfg, companions, synthesizer
        self.samples: list[Written] = []
        self.extractor = FeatureExtractor(**synthesizer.generator.hparams["features"])
        self.started = time.monotonic()
        self.corpus = synthesizer.generator.hparams["corpus"]
        try:
            RunFolder(path).save_config(cfg)
            (path / "figures").mkdir(exist_ok=True)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}.") from error

    def add(self, sample: Sample) -> None:
        """Write a sample's WAV and MFCCs.

        Raises:
            UserError: the disk is full or gone; the samples before this one are kept.
        """
        label = self.synthesizer.classes.index(sample.genre)
        # Two genres' names may differ in signs only that no file name should have.
        genre = sample.genre if slug(sample.genre) == sample.genre else f"{slug(sample.genre)}-{label}".lstrip("-")
        name = f"{genre}_{sample.number:02d}"
        wav = self.path / f"{name}.wav"
        try:
            write_wav(wav, sample.waveform, self.synthesizer.sample_rate)
            np.save(wav.with_suffix(".npy"), sample.mfcc)
        except OSError as error:
            for path in (wav, wav.with_suffix(".npy")):
                path.unlink(missing_ok=True)
            kept = f"The {len(self.samples)} samples before it are kept." if self.samples else "Nothing was generated."
            raise UserError(f"{wav} cannot be written: {error.strerror}. {kept}") from error
        self._draw(sample, wav)
        self.samples.append(Written(sample.genre, sample.number, sample.gain_db, wav))

    @property
    def files(self) -> list[tuple[str, Path, float]]:
        """Genre, WAV and gain in dB of each sample."""
        return [(sample.genre, sample.wav, sample.gain_db) for sample in self.samples]

    def write(self, judgement: Judgement, reference: Reference | None) -> dict:
        """Verdicts, metrics, pictures, dashboard and report; ends with the table in the log."""
        metrics = judgement.metrics() | self._facts(reference)
        genres = [judgement.classes[g] for g in judgement.genres]
        table = synthesis_table.make_table(metrics, genres)
        verdicts = self._verdicts(judgement)
        shown = self._show(judgement, reference, metrics)
        facts = {"generator": str(self.companions.generator), **metrics, "settings": self._settings(), "figures": shown}
        write_verdicts(self.path, verdicts, judgement.classes, facts)
        # Last, because it is the sign of a synthesis that is done.
        RunFolder(self.path).save_metrics(metrics)
        with optional(self.path):
            record(RunFolder(self.path))
            synthesis_report.write_synthesis_page(self.path)
        log.info("%s\n\n%s\n", headline(metrics, self.corpus), synthesis_table.table_text(table))
        log.info("Listen: %s", self.path / "report.html")
        return metrics

    def _draw(self, sample: Sample, wav: Path) -> None:
        extractor, inversion = self.extractor, self.synthesizer.inversion
        frames = extractor(torch.from_numpy(sample.waveform)[None])[..., extractor.columns["mfcc"]]
        log_mel = inversion.log_mel(frames.to(self.synthesizer.device))[0].cpu().numpy()
        seconds = self.synthesizer.hop / self.synthesizer.sample_rate
        caption = f"{sample.genre}, sample {sample.number}"
        title = f"trained on {self.corpus} · seed {self.cfg.seed} · temperature {self.cfg.temperature}"
        figure = sample_plots.sample(sample.mfcc, log_mel, seconds, self.synthesizer.sample_rate, caption, title)
        Image.fromarray(pixels(figure, dpi=100)).save(wav.with_suffix(".png"))

    def _verdicts(self, judgement: Judgement) -> list[dict]:
        predictions, nearest = judgement.sets["synth"], judgement.nearest("synth")
        verdicts = []
        for i, sample in enumerate(self.samples):
            rankings = {who: rank(getattr(predictions, who)[i], judgement.classes) for who in ("guide", "judge")}
            verdicts.append(
                {
                    "genre": sample.genre,
                    "number": sample.number,
                    "wav": sample.wav.name,
                    "npy": sample.wav.with_suffix(".npy").name,
                    "png": sample.wav.with_suffix(".png").name,
                    "gain_db": round(sample.gain_db, 3),
                    "nearest": None if nearest is None else round(float(nearest[i]), 4),
                    **{who: ranking[:3] for who, ranking in rankings.items()},
                    **{f"{who}_right": ranking[0][0] == sample.genre for who, ranking in rankings.items()},
                }
            )
        return verdicts

    def _show(self, judgement: Judgement, reference: Reference | None, metrics: dict) -> list[tuple[str, str]]:
        """Save pictures and fill the dashboard; returns each picture's file and what it shows in words."""
        loggers = (logger for logger in make_loggers(self.cfg.logger) if isinstance(logger, TensorBoardLogger))
        logger = next(loggers, None)
        dashboard = Dashboard(logger, 0) if logger else None
        shown = []
        for name, alternative, picture in draw_synthesis_figures(
            judgement, reference, self.files, self.path, self.corpus
        ):
            Image.fromarray(picture).save(self.path / "figures" / f"{name}.png")
            shown.append((f"figures/{name}.png", alternative))
            if dashboard:
                dashboard.add_picture(name, picture)
        if dashboard:
            for sample in self.samples:
                dashboard.add_sound(f"generated/{sample.wav.stem}", sample.wav)
            dashboard.add_synthesis(self._settings(), metrics)
            dashboard.close()
        return shown

    def _facts(self, reference: Reference | None) -> dict:
        return {
            "corpus": self.corpus,
            "split": reference.split.protocol if reference else None,
            "n_samples": len(self.samples),
            **{key: self.cfg[key] for key in ("seconds", "seed", "temperature")},
            "duration": round(time.monotonic() - self.started, 1),
        }

    def _settings(self) -> dict[str, str]:
        """What is needed to reproduce the synthesis."""
        return {
            "command": command() or "python synthesize.py",
            "generator": str(self.companions.generator),
            "judge": str(self.companions.judge),
            **{key: str(self.cfg[key]) for key in ("n", "seconds", "seed", "temperature")},
        }


def headline(metrics: dict, corpus: str) -> str:
    """Judge and guide accuracy of the waveforms, in one line."""
    accuracy, low, high = (metrics[f"synth/judge_accuracy{end}"] for end in ("", "_low", "_high"))
    return (
        f"Judge accuracy {accuracy:.1%} [{low:.1%}, {high:.1%}] of {metrics['n_samples']} samples, "
        f"guide accuracy {metrics['synth/guide_accuracy']:.1%}; trained on {corpus}"
    )


def write_verdicts(folder: Path, verdicts: Sequence[dict], classes: Sequence[str], facts: dict) -> None:
    """``synthesis.csv``, a row for each sample with its predicted genres, and ``synthesis.json`` with everything."""
    plain = ("genre", "number", "wav", "gain_db", "nearest", "guide_right", "judge_right")
    best = ([cell for who in ("guide", "judge") for cell in verdict[who][0]] for verdict in verdicts)
    rows = [[*(verdict[key] for key in plain), *cells] for verdict, cells in zip(verdicts, best, strict=True)]
    write_rows(folder / "synthesis.csv", [*plain, "guide", "guide_probability", "judge", "judge_probability"], rows)
    RunFolder(folder).save_synthesis({"classes": list(classes), **facts, "samples": verdicts})
