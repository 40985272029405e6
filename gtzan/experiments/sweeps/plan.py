"""Plan a sweep: the points that its overrides describe, and which of them are finished already."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf, open_dict
from tqdm import tqdm

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.errors import UserError
from gtzan.experiments.companions import find_generator
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.factory import divide, find_corpus, several_processes
from gtzan.experiments.precision import with_precision
from gtzan.experiments.processes.cpu import threads_per_job
from gtzan.experiments.processes.launch import folder_name
from gtzan.experiments.sweeps.identity import Identity, computed_by, differences, music_of
from gtzan.experiments.sweeps.points import Point, points_in
from gtzan.files import read_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planned:
    """A valid combination of overrides, and its point.

    Attributes:
        overrides: as typed, one value for each key.
        label: the overrides that are not those of every point.
        point: its folder.
        identity: what defines it.
        fixed: overrides of its job beyond these: ``threads`` and ``trainer.precision``, where they were left open.
        reused: whether it was finished before this sweep.
        work: epochs to train beyond those of the next shorter training.
    """

    overrides: tuple[str, ...]
    label: str
    point: Point
    identity: Identity
    fixed: tuple[str, ...] = ()
    reused: bool = False
    work: int = 0

    @property
    def job(self) -> list[str]:
        """The overrides to pass to Hydra's launcher."""
        return [*self.overrides, *self.fixed, *self.point.folder_overrides]


@dataclass(frozen=True)
class Invalid:
    """An invalid combination of overrides.

    Attributes:
        overrides: as typed, one value for each key.
        label: the overrides that are not those of every point.
        error: one sentence.
    """

    overrides: tuple[str, ...]
    label: str
    error: str


class Planner:
    """Finds points by their identity. Corpora and splits are read once, however many points share them.

    Args:
        config: Hydra's, of the whole sweep.
        loader: Hydra's, which composes the configuration of each point.
    """

    def __init__(self, config: DictConfig, loader: ConfigLoader) -> None:
        self.config, self.loader = config, loader
        self.folder = Path(config.hydra.sweep.dir).absolute() / "points"
        self._music: dict[str, tuple[Corpus, Split, dict]] = {}
        self._corpora: dict[str, Corpus] = {}

    def plan(self, combinations: Sequence[Sequence[str]]) -> list[Planned | Invalid]:
        """Plan each combination of overrides.

        An invalid value makes its step an :class:`Invalid` one; an unknown key stops the sweep with Hydra's own error
        before anything is trained.

        Raises:
            UserError: a point that would be trained by several processes.
        """
        known = dict(points_in(self.folder))
        found = {definition["digest"]: point for point, definition in known.items()}
        constant = set.intersection(*map(set, combinations))
        steps: list[Planned | Invalid] = []
        for overrides in tqdm(combinations, desc="Planning", unit="point", delay=5, leave=False, disable=None):
            label = " ".join(o for o in overrides if o not in constant) or "the only point"
            cfg = self.loader.load_sweep_config(self.config, list(overrides))
            if several_processes(cfg):
                raise UserError("A sweep runs its points in parallel, not one training: leave trainer=ddp out.")
            try:
                step = self._planned(cfg, tuple(overrides), label, found)
            except UserError as error:
                steps.append(Invalid(tuple(overrides), label, str(error)))
                continue
            if step.point not in known:
                _warn_of_changes(step, known)
                found[step.identity.digest] = step.point
                known[step.point] = {"defines": step.identity.defines}
            steps.append(step)
        return _with_work(steps, known)

    def _planned(self, cfg: DictConfig, overrides: tuple[str, ...], label: str, found: dict[str, Point]) -> Planned:
        validate(cfg)
        corpus, split, music = self._music_of(cfg)
        cfg, fixed = _fixed(cfg, len(corpus.genres))
        identity = Identity.of(cfg, music)
        point = found.get(identity.digest, Point(self.folder / f"{_name(cfg)}_{identity.digest[:8]}"))
        if _outdated(point, cfg, corpus, split):
            (point.path / "metrics.json").unlink(missing_ok=True)
        return Planned(overrides, label, point, identity, fixed, reused=point.metrics is not None)

    def _music_of(self, cfg: DictConfig) -> tuple[Corpus, Split, dict]:
        """A point's corpus and split, and their description by :func:`music_of`."""
        where = [to_plain_values(cfg.data), OmegaConf.to_container(OmegaConf.create([cfg.genres])), str(cfg.cache)]
        parts = [cfg.split, cfg.fold, cfg.folds, cfg.train_share, cfg.seed if cfg.train_share < 1 else None]
        place, key = json.dumps(where), json.dumps([where, parts])
        if key not in self._music:
            if place not in self._corpora:
                self._corpora[place] = find_corpus(cfg)
            corpus = self._corpora[place]
            split = divide(cfg, corpus)
            self._music[key] = corpus, split, music_of(corpus, split, cfg)
        return self._music[key]


def _fixed(cfg: DictConfig, n_classes: int) -> tuple[DictConfig, tuple[str, ...]]:
    """The configuration with threads and precision where they were left open, and the overrides that set them.

    They are fixed now because numbers depend on them, and jobs may run on other machines with other defaults.
    """
    fixed = []
    if cfg.threads is None and computed_by(cfg)["device"] == "cpu":
        with open_dict(cfg):
            cfg.threads = threads_per_job(to_plain_values(cfg.hydra.launcher))
        fixed.append(f"threads={cfg.threads}")
    chosen = with_precision(cfg, n_classes)
    if chosen is not cfg:
        fixed.append(f"trainer.precision={chosen.trainer.precision}")
    return chosen, tuple(fixed)


def _name(cfg: DictConfig) -> str:
    """A folder name that begins with the overrides of a point, without their paths."""
    return folder_name(to_plain_values(cfg.hydra.job, resolve=False)["override_dirname"])


def _warn_of_changes(step: Planned, known: dict[Point, dict]) -> None:
    """Warn why an earlier point with the same overrides is not reused."""
    name = step.point.path.name.rpartition("_")[0]
    for point, definition in known.items():
        if point.path.name.rpartition("_")[0] == name and point.metrics is not None:
            changes = ", ".join(differences(definition["defines"], step.identity.defines))
            log.warning("%s was trained with other settings (%s): training again in a new folder.", point.path, changes)


def _outdated(point: Point, cfg: DictConfig, corpus: Corpus, split: Split) -> bool:
    """Whether there is a synthesis by another generator than the one that would be chosen now."""
    made = read_json(point.path / "synthesis.json")
    if made is None or cfg.get("ckpt") is not None:
        return False
    chosen, generator = find_generator(cfg, corpus, split), Path(made["generator"]).parents[1]
    if chosen is None or chosen.resolve() == generator.resolve():
        return False
    log.warning(
        "%s was generated by %s, but the best generator is now %s: generating it again.", point.path, generator, chosen
    )
    return True


def _with_work(steps: list[Planned | Invalid], known: dict[Point, dict]) -> list[Planned | Invalid]:
    """The steps, with the epochs that each adds to the next shorter training of its cell."""
    planned = [step for step in steps if isinstance(step, Planned)]
    cells: dict[str, set[int]] = {}
    for step in planned:
        cells.setdefault(step.identity.cell, set()).add(step.identity.epochs)
    todo = {step.point for step in planned if not step.reused}
    for point, definition in known.items():
        if definition.get("cell") in cells and point not in todo and point.metrics is not None:
            cells[definition["cell"]].add(definition["epochs"])

    def with_work(step: Planned) -> Planned:
        epochs = step.identity.epochs
        return replace(step, work=epochs - max((n for n in cells[step.identity.cell] if n < epochs), default=0))

    return [with_work(step) if isinstance(step, Planned) else step for step in steps]
