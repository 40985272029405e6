"""The output folder of a synthesis."""

import itertools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig
from PIL import Image

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import write_wav
from gtzan.audio.generated import GeneratedFile
from gtzan.audio.mastering import true_peak
from gtzan.csv_files import write_rows
from gtzan.errors import UserError, reason_of
from gtzan.experiments.companions import Companions
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.processes.launch import slug
from gtzan.experiments.runs.environment import command, record
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.trainer import make_loggers
from gtzan.files import replace_atomically
from gtzan.models.predictor import rank
from gtzan.reports import synthesis_report, synthesis_table
from gtzan.reports.dashboard import Dashboard
from gtzan.reports.page import optional
from gtzan.reports.plots import sample as sample_plots
from gtzan.reports.plots.style import pixels
from gtzan.reports.synthesis_figures import draw_synthesis_figures
from gtzan.synthesis.judging import Judgement
from gtzan.synthesis.reference import Reference
from gtzan.synthesis.request import Request
from gtzan.synthesis.synthesizer import Sample, Synthesizer

log = logging.getLogger(__name__)

REQUEST = ("ckpt", "genre", "n", "seconds", "seed", "temperature", "blend", "like", "strength", "continue")
"""Keys that decide which samples there are, and what each is."""

FILES = ("wav", "npy", "png")
"""What is written of each sample."""


@dataclass(frozen=True)
class Written:
    """A sample on disk, a row of ``samples.csv``.

    Attributes:
        genre, number: of the sample.
        wav: the name of its file.
        gain_db: of mastering.
        true_peak: in dBTP.
        dc: the mean of its samples, of full scale.
        start: of what was generated, in seconds.
    """

    genre: str
    number: int
    wav: str
    gain_db: float
    true_peak: float
    dc: float
    start: float

    @classmethod
    def of(cls, row: Mapping[str, str]) -> "Written":
        """Of a row as read from the file; raises a :class:`ValueError` or :class:`KeyError` for a damaged one."""
        levels = (float(row[name]) for name in ("gain_db", "true_peak", "dc", "start"))
        return cls(row["genre"], int(row["number"]), row["wav"], *levels)


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
        self.extractor = FeatureExtractor(**synthesizer.generator.hparams["features"])
        self.started = time.monotonic()
        self.corpus = synthesizer.generator.hparams["corpus"]
        self.run = RunFolder(path)
        self.samples = self._made_before()
        try:
            self.run.save_config(self._with_generator())
            (path / "figures").mkdir(exist_ok=True)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {reason_of(error)}.") from error

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
            replace_atomically(wav.with_suffix(".npy"), lambda file: np.save(file, sample.mfcc))
            self._draw(sample, wav)
            peak, dc = true_peak(sample.waveform, sample.sample_rate), float(sample.waveform.mean())
            made = Written(sample.genre, sample.number, wav.name, sample.gain_db, peak, dc, sample.start)
            self.run.save_samples([field.name for field in fields(Written)], map(astuple, [*self.samples, made]))
        except OSError as error:
            for end in FILES:
                wav.with_suffix(f".{end}").unlink(missing_ok=True)
            kept = f"The {len(self.samples)} samples before it are kept." if self.samples else "Nothing was generated."
            raise UserError(f"{wav} cannot be written: {reason_of(error)}. {kept}") from error
        self.samples.append(made)

    @property
    def done(self) -> list[tuple[str, int]]:
        """Genre and number of each sample that is there."""
        return [(sample.genre, sample.number) for sample in self.samples]

    @property
    def files(self) -> list[GeneratedFile]:
        """The samples that are there."""
        return [GeneratedFile(s.genre, self.path / s.wav, s.gain_db, s.start) for s in self.samples]

    def write(self, judgement: Judgement, reference: Reference | None) -> dict:
        """Verdicts, metrics, pictures, dashboard and report; ends with the table in the log."""
        metrics = judgement.metrics() | self._levels() | self._facts(reference)
        genres = [judgement.classes[g] for g in judgement.genres]
        table = synthesis_table.make_table(metrics, genres)
        verdicts = self._verdicts(judgement)
        shown = self._show(judgement, reference, metrics)
        facts = {"generator": str(self.companions.generator), **metrics, "settings": self._settings(), "figures": shown}
        write_verdicts(self.path, verdicts, judgement.classes, facts)
        # Last, because it is the sign of a synthesis that is done.
        self.run.save_metrics(metrics)
        with optional(self.path):
            record(self.run)
            synthesis_report.write_synthesis_page(self.path)
        log.info("%s\n\n%s\n", headline(metrics, self.corpus), synthesis_table.table_text(table))
        log.info("Listen: %s", self.path / "report.html")
        return metrics

    def _with_generator(self) -> DictConfig:
        """The configuration with a generator: that which was chosen, where none was named.

        By this, an interrupted synthesis is known again.
        """
        cfg = self.cfg.copy()
        cfg.ckpt = cfg.ckpt or str(self.companions.generator)
        return cfg

    def _made_before(self) -> list[Written]:
        """The samples that an interrupted synthesis with the same generator and request has left here."""
        wanted = to_plain_values(self._with_generator())
        there = self.run.settings_if_readable() if self.run.has_config and self.run.samples_file.exists() else None
        if there is None or any(there.get(key) != wanted[key] for key in REQUEST):
            return []
        try:
            samples = [Written.of(row) for row in self.run.samples()]
        except (UserError, KeyError, ValueError, TypeError) as error:
            log.warning("%s is damaged: all samples are made again (%s)", self.run.samples_file, error)
            return []
        whole = list(itertools.takewhile(self._is_whole, samples))
        log.info("Samples that are there already: %d", len(whole))
        return whole

    def _is_whole(self, sample: Written) -> bool:
        return all(self.run.inside(sample.wav).with_suffix(f".{end}").exists() for end in FILES)

    def _levels(self) -> dict[str, float]:
        """The highest true peak and the largest DC of all samples and of each genre."""
        metrics = {}
        for genre in (None, *dict.fromkeys(sample.genre for sample in self.samples)):
            own, suffix = [s for s in self.samples if genre in (None, s.genre)], "" if genre is None else f"/{genre}"
            metrics[f"synth/true_peak{suffix}"] = max(sample.true_peak for sample in own)
            metrics[f"synth/dc{suffix}"] = max(abs(sample.dc) for sample in own)
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
                    **{end: Path(sample.wav).with_suffix(f".{end}").name for end in FILES},
                    "gain_db": round(sample.gain_db, 3),
                    "true_peak": round(sample.true_peak, 2),
                    "dc": sample.dc,
                    "start": sample.start,
                    "nearest": None if nearest is None else round(float(nearest[i]), 4),
                    **{who: ranking[:3] for who, ranking in rankings.items()},
                    **{f"{who}_right": ranking[0][0] == sample.genre for who, ranking in rankings.items()},
                }
            )
        return verdicts

    def _show(self, judgement: Judgement, reference: Reference | None, metrics: dict) -> list[tuple[str, str]]:
        """Save pictures and fill the dashboard; returns each picture's file and what it shows in words."""
        loggers = make_loggers(self.cfg.logger, "TensorBoardLogger")  # nothing is logged to others
        logger = next((logger for logger in loggers if isinstance(logger, TensorBoardLogger)), None)
        dashboard = Dashboard(logger, 0) if logger else None
        shown = []
        figures = draw_synthesis_figures(judgement, reference, self.files, self.path, self.synthesizer)
        for name, alternative, picture in figures:
            Image.fromarray(picture).save(self.path / "figures" / f"{name}.png")
            shown.append((f"figures/{name}.png", alternative))
            if dashboard:
                dashboard.add_picture(name, picture)
        if dashboard:
            for sample in self.samples:
                dashboard.add_sound(f"generated/{Path(sample.wav).stem}", self.path / sample.wav)
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
            **Request.of(self.cfg).material,
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
    plain = ("genre", "number", "wav", "gain_db", "true_peak", "dc", "nearest", "guide_right", "judge_right")
    best = ([cell for who in ("guide", "judge") for cell in verdict[who][0]] for verdict in verdicts)
    rows = [[*(verdict[key] for key in plain), *cells] for verdict, cells in zip(verdicts, best, strict=True)]
    write_rows(folder / "synthesis.csv", [*plain, "guide", "guide_probability", "judge", "judge_probability"], rows)
    RunFolder(folder).save_synthesis({"classes": list(classes), **facts, "samples": verdicts})
