"""The leaderboard: nets × protocols × seeds, each a point of a sweep, in one table."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from omegaconf import DictConfig

from gtzan.audio.encoders.registry import check_encoder
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import ARTIST_FOLDS, FOLDS, check_protocol, make_split
from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import choices, compose
from gtzan.experiments.configuration.hydra_errors import user_errors
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.processes.gpus import check_machine
from gtzan.experiments.sweeps.entries import Entry
from gtzan.experiments.sweeps.points import path_override
from gtzan.experiments.sweeps.process import check_given, run_sweep

log = logging.getLogger(__name__)

NETS = ("dense", "blocks", "resnet")
PROTOCOLS = ("fault_filtered", "artist", "80/20")
PROBE = "probe"
ENCODER = "musicnn"
RESERVED_KEYS = {
    "model": "say --nets NET …",
    "split": "say --protocols PROTOCOL …",
    "seed": "say --seeds SEED …",
    "fold": "all folds of a protocol are done.",
    "folds": "all folds of a protocol are done, as many as it has by default.",
    "encoder": f"the probe hears {ENCODER}, and other nets hear no encoder.",
    "experiment": "say what differs from the defaults as KEY=VALUE.",
    "runs": "say --runs FOLDER.",
    "resume": "the same command resumes by itself.",
}


@dataclass(frozen=True)
class Net:
    """A row of ours.

    Attributes:
        name: of ``model=``.
        seeds: those that are trained; one where the seed changes nothing.
        fitted: whether it has a closed form or one minimum, which no seed moves.
        overrides: what else it takes.
    """

    name: str
    seeds: tuple[int, ...]
    fitted: bool = False
    overrides: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return " ".join([self.name, *self.overrides])


@dataclass(frozen=True)
class Protocol:
    """A column of ours.

    Attributes:
        split: a value of ``split=``.
        folds: the numbers of its folds, whose mean is one result; empty where it has none.
    """

    split: str
    folds: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.split}, mean of {len(self.folds)} folds" if self.folds else self.split


@dataclass(frozen=True)
class Plan:
    """What the leaderboard compares.

    Attributes:
        nets, protocols: rows and columns.
        given: the user's overrides, for every run.
        label: the corpus's.
        skipped: a sentence for each of the usual protocols or nets that is left out.
    """

    nets: tuple[Net, ...]
    protocols: tuple[Protocol, ...]
    given: tuple[str, ...]
    label: str
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """The runs, as far as they are done.

    Attributes:
        entries: points of all sweeps.
        commands: that repeat the sweeps.
    """

    entries: tuple[Entry, ...] = field(default=())
    commands: tuple[str, ...] = field(default=())

    def of(self, net: Net, protocol: Protocol) -> list[Entry]:
        """The runs of a net in a protocol, unfinished ones included."""
        wanted = {"model": net.name, "split": protocol.split}
        return [e for e in self.entries if all(e.settings.get(key) == value for key, value in wanted.items())]


def make_plan(nets: Sequence[str], protocols: Sequence[str], seeds: Sequence[int], given: Sequence[str]) -> Plan:
    """Check what was asked for, before anything is trained.

    Args:
        nets, protocols: names; empty for the usual ones, of which those are left out that cannot be had.
        seeds: of nets that depend on one.
        given: the user's overrides, for every run.

    Raises:
        UserError: an unknown net, a protocol that the corpus has not, an override that makes no sense.
    """
    check_given(given, RESERVED_KEYS, "the leaderboard")
    seeds, skipped = tuple(dict.fromkeys(seeds)), []
    names = list(dict.fromkeys(nets)) or list(NETS)
    if not nets:
        try:
            check_encoder(ENCODER)
            names.append(PROBE)
        except UserError as error:
            skipped.append(f"{PROBE} is left out: {error}")
    for protocol in protocols:
        check_protocol(protocol, 0, None)
    rows = tuple(_net(name, seeds, given) for name in names)

    from gtzan.experiments.factory import find_corpus

    asked = protocols[0] if protocols else PROTOCOLS[-1]  # the least that a corpus must have
    corpus = find_corpus(_compose(rows[0], [*given, f"split={asked}"]))
    usual = PROTOCOLS if corpus.default_split in PROTOCOLS else (corpus.default_split, *PROTOCOLS)
    columns = []
    for split in dict.fromkeys(protocols or usual):
        try:
            columns.append(_protocol(corpus, split))
        except UserError as error:
            if protocols:
                raise
            skipped.append(f"{split} is left out: {error}")
    if not columns:
        raise UserError(" ".join(skipped))
    return Plan(rows, tuple(columns), tuple(given), corpus.label, tuple(skipped))


def run_all(plan: Plan, runs: Path) -> Iterator[Results]:
    """Run what is missing; after each sweep, the results so far.

    Nets that take the same seeds and overrides share a sweep, and so do protocols without folds.

    Args:
        runs: the folder of runs.

    Raises:
        UserError: no sweep could be started, which says that the overrides are wrong.
    """
    results = Results()
    nets = sorted(plan.nets, key=_shared)  # those that are fitted at once come first
    for (_, seeds, extra), alike in groupby(nets, key=_shared):
        models = ",".join(net.name for net in alike)
        for protocols in _in_sweeps(plan.protocols):
            overrides = [f"model={models}", *extra, f"split={','.join(protocol.split for protocol in protocols)}"]
            if protocols[0].folds:
                overrides.append(f"fold={','.join(map(str, protocols[0].folds))}")
            overrides += [f"seed={','.join(map(str, seeds))}", path_override("runs", runs), *plan.given]
            swept = run_sweep("train", overrides, runs)
            results = Results((*results.entries, *swept.entries), (*results.commands, swept.command))
            yield results
            swept.raise_interruption()
    if not results.entries:
        raise UserError("Nothing could be started: mend what is said above.")


def _shared(net: Net) -> tuple:
    return not net.fitted, net.seeds, net.overrides


def _in_sweeps(protocols: Sequence[Protocol]) -> list[list[Protocol]]:
    """Protocols without folds together; each with folds on its own, as ``fold`` may only be given where there are."""
    without = [protocol for protocol in protocols if not protocol.folds]
    return [*([without] if without else []), *([protocol] for protocol in protocols if protocol.folds)]


def _net(name: str, seeds: tuple[int, ...], given: Sequence[str]) -> Net:
    known = choices()["model"]
    if name not in known:
        raise UserError(f"--nets {name} is not known: choose from {', '.join(known)}.")
    net = Net(name, seeds, overrides=(f"encoder={ENCODER}",) if name == PROBE else ())
    if net.overrides:
        check_encoder(ENCODER)
    cfg = _compose(net, given)
    if "weights" in cfg.model:
        raise UserError(f"--nets {name} is a generator: the leaderboard compares classifiers.")
    validate(cfg)
    check_machine(cfg.trainer)
    fitted = cfg.model.make.endswith(".make_closed_form_classifier")
    # A share of the training tracks is drawn by the seed, whatever the net.
    one = fitted and cfg.train_share == 1
    return Net(name, seeds[:1] if one else seeds, one, net.overrides)


def _compose(net: Net, given: Sequence[str]) -> DictConfig:
    words = [f"model={net.name}", *net.overrides, *given]
    with user_errors("train", words):
        return compose("train", words)


def _protocol(corpus: Corpus, split: str) -> Protocol:
    """A protocol that the corpus has.

    Raises:
        UserError: it has not.
    """
    published = {track.published["artist"] for track in corpus.tracks if track.published.get("artist") is not None}
    number = {"kfold": FOLDS, "artist": len(published) or ARTIST_FOLDS}.get(split, 0)
    folds = tuple(range(number))
    for fold in folds or (0,):
        make_split(corpus, split, fold)
    return Protocol(split, folds)
