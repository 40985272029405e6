"""From the overrides of a sweep to its points: which are finished, and which are left to do."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from omegaconf import DictConfig

from gtzan.companions import find_generator
from gtzan.config import check_numbers, find_corpus, plain, several_processes
from gtzan.configurations import Configurations
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split, make_split
from gtzan.digests import Digests
from gtzan.errors import UserError
from gtzan.files import read_json
from gtzan.identity import Identity, differences, music_of
from gtzan.launch import slug
from gtzan.points import Point, points_in

log = logging.getLogger(__name__)

MUSIC = ("data.", "genres=", "split=", "fold=", "folds=", "cache=")  # overrides that the music depends on


@dataclass(frozen=True)
class Step:
    """A combination of overrides and the point that it is.

    Attributes:
        overrides: as typed, one value for each key.
        point: its folder; ``None`` where the overrides make no sense.
        identity: what defines it.
        error: what is wrong with the overrides.
        reused: whether it had been finished before.
        work: epochs to train, beyond those of the next shorter training.
        label: the overrides that are not those of every point.
    """

    overrides: tuple[str, ...]
    point: Point | None = None
    identity: Identity | None = None
    error: str | None = None
    reused: bool = False
    work: int = 0
    label: str = ""

    @property
    def state(self) -> str:
        """As of :class:`gtzan.points.Point`."""
        return self.point.state if self.point else "failed"

    @property
    def message(self) -> str:
        """The first line of the error of a failed point."""
        return self.error or self.point.error["message"]

    @property
    def log(self) -> str | None:
        return self.point.error["log"] if self.point else None


class Planner:
    """Finds points by what defines them. Corpora and splits are read once, however many points share them.

    Args:
        configurations: makes configurations of overrides.
    """

    def __init__(self, configurations: Configurations) -> None:
        self.configurations = configurations
        self._music: dict[tuple[str, ...], tuple[Corpus, Split, dict]] = {}
        self._divided: dict[tuple[str, ...], bool] = {}
        self._corpora: dict[str, Corpus] = {}

    def plan(self, combinations: Sequence[Sequence[str]]) -> list[Step]:
        """A step for each combination.

        A mistake in the overrides' values makes its step a failed one; one in their names stops the sweep, as Hydra
        says it, before anything is trained.
        """
        folder = Path(self.configurations.config.runs).absolute() / "points"
        known = dict(points_in(folder))
        found = {facts["digest"]: point for point, facts in known.items()}
        digests = Digests(folder / "digests.json", self.configurations)
        constant = set.intersection(*map(set, combinations))
        steps = []
        for overrides in combinations:
            if self._is_divided(overrides):
                raise UserError("A sweep divides its points among processes, not one training: leave trainer=ddp out.")
            step = self._step(tuple(overrides), folder, found, digests)
            if step.point and step.point not in known:
                self._tell(step, known)
                found[step.identity.digest] = step.point
                known[step.point] = {"defines": step.identity.defines}
            steps.append(replace(step, label=" ".join(o for o in overrides if o not in constant) or "the only point"))
        digests.save()
        return _with_work(steps, known)

    def _is_divided(self, overrides: Sequence[str]) -> bool:
        """Whether several processes would train the point."""
        choices, values = self.configurations.divide(overrides)
        key = (*choices, *(value for value in values if value.startswith("trainer.")))
        if key not in self._divided:
            self._divided[key] = several_processes(self.configurations.of(key))
        return self._divided[key]

    def _step(self, overrides: tuple[str, ...], folder: Path, found: dict[str, Point], digests: Digests) -> Step:
        try:
            corpus, split, music = self._music_of(overrides)
            key = digests.key(overrides, music)
            point = found.get(digests.get(key))
            if point and point.metrics is not None and not (point.path / "synthesis.json").exists():
                return Step(overrides, point, Identity(point.facts["defines"]), reused=True)
            cfg = self.configurations.of(overrides)
            check_numbers(cfg)
            identity = Identity.of(cfg, music)
        except UserError as error:
            return Step(overrides, error=str(error))
        digests.add(key, identity.digest)
        name = slug(self.configurations.name(overrides)) or "default"
        point = found.get(identity.digest, Point(folder / f"{name}_{identity.digest[:8]}"))
        if _outdated(point, cfg, corpus, split):
            (point.path / "metrics.json").unlink(missing_ok=True)
        return Step(overrides, point, identity, reused=point.metrics is not None)

    def _music_of(self, overrides: tuple[str, ...]) -> tuple[Corpus, Split, dict]:
        """A combination's corpus and split, and what :func:`music_of` says of them."""
        choices, values = self.configurations.divide(overrides)
        key = (*choices, *(value for value in values if value.startswith(MUSIC)))
        if key not in self._music:
            cfg = self.configurations.of(key)
            place = json.dumps([plain(cfg.data), str(cfg.genres)])
            if place not in self._corpora:
                self._corpora[place] = find_corpus(cfg)
            corpus = self._corpora[place]
            split = make_split(corpus, cfg.split, cfg.fold, cfg.folds)
            self._music[key] = corpus, split, music_of(corpus, split, cfg)
        return self._music[key]

    def _tell(self, step: Step, known: dict[Point, dict]) -> None:
        """Say why an earlier point of the same overrides is not reused."""
        name = step.point.path.name.rpartition("_")[0]
        for point, facts in known.items():
            if point.path.name.rpartition("_")[0] == name and point.metrics is not None:
                told = ", ".join(differences(facts["defines"], step.identity.defines))
                log.warning("%s was trained otherwise (%s): trained anew, in a folder of its own.", point.path, told)


def _outdated(point: Point, cfg: DictConfig, corpus: Corpus, split: Split) -> bool:
    """Whether a synthesis by the newest generator is there, but another one is the newest by now."""
    made = read_json(point.path / "synthesis.json")
    if made is None or cfg.get("ckpt") is not None:
        return False
    newest, generator = find_generator(cfg, corpus, split), Path(made["generator"]).parents[1]
    if newest is None or newest.resolve() == generator.resolve():
        return False
    log.warning("%s is by %s, and the newest generator is %s: made anew.", point.path, generator, newest)
    return True


def _with_work(steps: list[Step], known: dict[Point, dict]) -> list[Step]:
    """The steps with the epochs that each adds to the next shorter training of its cell."""
    cells: dict[str, set[int]] = {}
    todo = {step.point for step in steps if step.point and not step.reused}
    for step in steps:
        if step.point:
            cells.setdefault(step.identity.cell, set()).add(step.identity.epochs)
    for point, facts in known.items():
        if facts.get("cell") in cells and point not in todo and point.metrics is not None:
            cells[facts["cell"]].add(facts["epochs"])

    def work(step: Step) -> int:
        epochs = step.identity.epochs
        return epochs - max((n for n in cells[step.identity.cell] if n < epochs), default=0)

    return [replace(step, work=work(step)) if step.point else step for step in steps]
