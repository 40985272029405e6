"""Search finished runs for a suitable guide, judge or generator, and choose the best."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from omegaconf import DictConfig

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.runs.checkpoint_search import finished_runs
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.identity import corpus_digest

log = logging.getLogger(__name__)

SPECTRUM = ("sample_rate", "n_fft", "hop_length", "n_mels")


@dataclass(frozen=True)
class Candidate:
    """A finished run, and how well it does on tracks that it was not trained on.

    Validation tracks are used where its split has any; test tracks only in splits without a validation part, which the
    log then says.

    Attributes:
        run: its folder.
        settings: its configuration.
        metrics: of its results.
        full_epochs: the epochs of a full training; fewer make a trial.
    """

    run: RunFolder
    settings: dict
    metrics: dict
    full_epochs: int

    @property
    def part(self) -> str:
        return "val" if f"val/{self._accuracy}" in self.metrics else "test"

    @property
    def accuracy(self) -> float:
        """Share of tracks whose genre, or whose reconstruction's genre, is predicted correctly."""
        return self.metrics.get(f"{self.part}/{self._accuracy}") or 0.0

    @property
    def is_trial(self) -> bool:
        return self.settings["epochs"] < self.full_epochs

    @property
    def near_chance(self) -> bool:
        """Whether the accuracy's 95 % interval contains the accuracy of guessing."""
        genres = sum(name.startswith(f"{self.part}/{self._accuracy}/") for name in self.metrics)
        return (self.metrics.get(f"{self.part}/{self._accuracy}_low") or 0.0) <= 1 / max(genres, 2)

    @property
    def rank(self) -> tuple:
        """The higher, the better: above chance before near it, a full training before a trial, then by the score."""
        score = self.accuracy if self._classifies else -(self.metrics.get(f"{self.part}/mse") or float("inf"))
        return not self.near_chance, not self.is_trial, score

    def __str__(self) -> str:
        tracks = "validation tracks" if self.part == "val" else "held-out tracks, as its split has no validation part"
        right = f"{self.accuracy:.1%} right on {tracks}"
        if not self._classifies:
            right = f"squared error {self.metrics.get(f'{self.part}/mse') or float('nan'):.3g}, {right}"
        trial = f", after {self.settings['epochs']} of {self.full_epochs} epochs" if self.is_trial else ""
        return f"{self.run} ({right}{trial})"

    @cached_property
    def _classifies(self) -> bool:
        return "weights" not in self.settings["model"]

    @property
    def _accuracy(self) -> str:
        return "accuracy" if self._classifies else "track_reconstruction_accuracy"


def best_of(candidates: Iterable[Candidate], name: str) -> Candidate | None:
    """The candidate with the best rank, the newest in case of ties; ``None`` if none is suitable.

    Args:
        candidates: the newest first. Those near chance are rejected, except fully trained generators: training another
            one would not give a better result.
        name: its role, for the log.
    """
    suitable = []
    for candidate in candidates:
        if candidate.near_chance and (candidate._classifies or candidate.is_trial):
            log.warning("Rejected as %s because it is near chance: %s", name, candidate)
        else:
            suitable.append(candidate)
    chosen = max(suitable, key=lambda candidate: candidate.rank, default=None)
    if chosen:
        runs = "1 suitable run" if len(suitable) == 1 else f"{len(suitable)} suitable runs"
        log.info("Chosen as %s from %s: %s", name, runs, chosen)
    return chosen


def find_generators(cfg: DictConfig, corpus: Corpus, split: Split) -> Iterator[Candidate]:
    """Finished runs of the generator that ``cfg`` describes, the newest first; epochs and seed may differ.

    A full training has as many epochs as ``cfg`` asks for.
    """
    net, features = to_plain_values(cfg.model.net), to_plain_values(cfg.features)
    for run in runs_on(cfg, corpus, split):
        settings = run.settings()
        if (
            settings["model"].get("make") == cfg.model.make
            and settings["model"]["net"] == net
            and settings["features"] == features
            and settings["segment_seconds"] == cfg.segment_seconds
            and has_parts(run, corpus)
        ):
            yield Candidate(run, settings, run.metrics(), cfg.epochs)


def newest_generator(runs: Path, net: str) -> RunFolder | None:
    """The generator's run that finished last, of any music and settings.

    Args:
        runs: the folder of runs.
        net: the ``_target_`` of its net.
    """
    for run in finished_runs(runs):
        settings = run.settings_if_readable() if run.checkpoint.exists() else None
        if settings and "weights" in settings["model"] and settings["model"]["net"]["_target_"] == net:
            return run
    return None


def find_classifiers(cfg: DictConfig, corpus: Corpus, split: Split) -> Iterator[Candidate]:
    """Finished classifiers that accept the MFCCs that ``cfg`` generates, the newest first.

    A full training has as many epochs as the classifier's model has by default.
    """
    features = to_plain_values(cfg.features)
    for run in runs_on(cfg, corpus, split):
        settings = run.settings()
        own, model = settings["features"], settings["model"]
        if (
            "weights" not in model
            and model["view"].get("features") == ["mfcc"]
            and settings["segment_seconds"] == cfg.segment_seconds
            and own["n_mfcc"] <= features["n_mfcc"]
            and all(own.get(key) == features.get(key) for key in SPECTRUM)
            and has_parts(run, corpus)
        ):
            yield Candidate(run, settings, run.metrics(), model["epochs"])


def find_generator_beside(classifier: RunFolder) -> RunFolder | None:
    """The best finished generator in a classifier's folder of runs that was trained on the same music.

    Splits, features and seeds may differ; the music itself need not be on this machine.
    """
    digest = (classifier.metrics_if_readable() or {}).get("corpus_digest")
    if digest is None:
        return None
    beside = classifier.path.absolute().parent
    found = []
    for run in finished_runs(beside.parent if beside.name == "points" else beside):  # of a sweep's point, all runs
        metrics = run.metrics_if_readable() or {}
        if metrics.get("corpus_digest") != digest or not run.checkpoint.exists():
            continue
        settings = run.settings_if_readable()
        if settings and "weights" in settings["model"]:
            found.append(Candidate(run, settings, metrics, settings["model"]["epochs"]))
    chosen = best_of(found, "generator")
    return chosen.run if chosen else None


def runs_on(cfg: DictConfig, corpus: Corpus, split: Split) -> Iterator[RunFolder]:
    """Finished runs on the same audio and split whose configuration can be read, the newest first.

    The split is compared by its protocol: see also :func:`has_parts`.
    """
    digest = corpus_digest(corpus, cfg)
    for run in finished_runs(Path(cfg.runs)):
        metrics = run.metrics_if_readable() or {}
        same = metrics.get("corpus_digest") == digest and metrics.get("split") == split.protocol
        if same and run.checkpoint.exists() and run.settings_if_readable():
            yield run


def has_parts(run: RunFolder, corpus: Corpus) -> bool:
    """Whether a run's tracks stood in the parts that its own settings give by now; else a line in the log.

    Where a table, a list of artists or the files have changed since, it may have learned from what is held out now.
    """
    from gtzan.experiments.factory import divide
    from gtzan.models.checkpoints import is_trained_on

    try:
        if is_trained_on(run.checkpoint, corpus, divide(run.config(), corpus)):
            return True
        log.info("Skipped: %s was trained when other tracks of %s were held out.", run, corpus.label)
    except UserError as error:
        log.warning("Skipped: %s", error)
    return False
