"""The leaderboard's rows, from the runs of its sweeps."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gtzan.errors import UserError
from gtzan.evaluation.ensemble import Ensemble
from gtzan.experiments.leaderboard import Net, Plan, Results
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.entries import Entry
from gtzan.models.checkpoints import load_model
from gtzan.models.classifier import Classifier
from gtzan.models.metrics import wilson_interval

FITTED = "fitted at once: no seed changes it, so it was run once"

Scores = Mapping[int, Sequence[tuple[int, int]]]  # by seed, of each fold: tracks that are right, and all


@dataclass(frozen=True)
class Cell:
    """An accuracy.

    Attributes:
        accuracies: of each seed: the mean over the folds.
        n: distinct test tracks, those of all folds together.
    """

    accuracies: tuple[float, ...]
    n: int

    @classmethod
    def of(cls, scores: Scores, folds: int) -> "Cell | None":
        """Of the seeds all of whose folds are done; ``None`` where there is none."""
        whole = [each for each in scores.values() if len(each) == folds]
        if not whole:
            return None
        accuracies = tuple(math.fsum(right / n for right, n in each) / folds for each in whole)
        return cls(accuracies, sum(n for _, n in whole[0]))

    @property
    def mean(self) -> float:
        return statistics.fmean(self.accuracies)

    @property
    def sd(self) -> float | None:
        """Standard deviation over seeds; ``None`` of one."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the mean at ``n`` tracks, rounded to a whole number of correct ones."""
        return wilson_interval(round(self.mean * self.n), self.n)

    @property
    def text(self) -> str:
        """Such as ``62.4 ± 0.6 [56.7, 67.8]``, in per cent."""
        low, high = self.interval
        sd = "" if self.sd is None else f" ± {100 * self.sd:.1f}"
        return f"{100 * self.mean:.1f}{sd} [{100 * low:.1f}, {100 * high:.1f}]"


@dataclass(frozen=True)
class Row:
    """A net, or the ensemble of all.

    Attributes:
        name: as shown.
        cells: one for each protocol; ``None`` where nothing is done.
        parameters: of the net that was trained here, without an encoder.
        seconds: median of a run.
        pretraining_hours: 0 for what began from scratch; ``None`` where it is not known.
        note: what is special, or went wrong.
    """

    name: str
    cells: tuple[Cell | None, ...]
    parameters: int | None = None
    seconds: float | None = None
    pretraining_hours: float | None = None
    note: str = ""

    @property
    def facts(self) -> list[str]:
        """Parameters, seconds, pretraining hours and note, as text."""
        return [
            "" if self.parameters is None else f"{self.parameters:,}",
            "" if self.seconds is None else f"{self.seconds:.0f}",
            "" if self.pretraining_hours is None else f"{self.pretraining_hours:g}",
            self.note,
        ]


def rows_of(plan: Plan, results: Results) -> list[Row]:
    """The nets, and the ensemble of all where there are several."""
    rows = [_row(net, plan, results) for net in plan.nets]
    return rows + ([_ensemble(plan, results)] if len(plan.nets) > 1 else [])


def _row(net: Net, plan: Plan, results: Results) -> Row:
    entries = [results.of(net, protocol) for protocol in plan.protocols]
    done = [e for each in entries for e in each if e.metrics is not None]
    cells = (
        Cell.of(_scores(each), len(protocol.folds) or 1) for each, protocol in zip(entries, plan.protocols, strict=True)
    )
    waiting = sum(map(len, entries)) - len(done)
    messages = dict.fromkeys(e.message for each in entries for e in each if e.message)
    notes = [FITTED] if net.fitted else []
    notes += [f"runs not finished: {waiting}"] if waiting else []
    return Row(
        net.title,
        tuple(cells),
        _parameters(done[0].folder) if done and done[0].folder else None,
        statistics.median(e.metrics["seconds"] for e in done if e.metrics) if done else None,
        None if net.overrides else 0,
        "; ".join([*notes, *messages]),
    )


def _ensemble(plan: Plan, results: Results) -> Row:
    cells, notes = [], {"mean probabilities": None}
    for protocol in plan.protocols:
        by_net = [_by_run(results.of(net, protocol)) for net in plan.nets]
        most = max(plan.nets, key=lambda net: len(net.seeds))
        scores: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for seed in most.seeds:
            for fold in protocol.folds or (0,):
                # Of a net that no seed changes, its only run.
                members = [
                    runs.get((seed if seed in net.seeds else net.seeds[0], fold))
                    for runs, net in zip(by_net, plan.nets, strict=True)
                ]
                try:
                    score = _together([net.title for net in plan.nets], members)
                except UserError as error:
                    notes[f"{protocol.title}: {error}"] = None
                    continue
                if score is not None:
                    scores[seed].append(score)
        cells.append(Cell.of(scores, len(protocol.folds) or 1))
    return Row(f"ensemble of {' + '.join(net.name for net in plan.nets)}", tuple(cells), note="; ".join(notes))


def _scores(entries: Iterable[Entry]) -> Scores:
    scores: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (seed, _), entry in _by_run(entries).items():
        n = (entry.metrics or {})["n_test"]
        scores[seed].append((round((entry.metrics or {})["test/accuracy"] * n), n))
    return scores


def _by_run(entries: Iterable[Entry]) -> dict[tuple[int, int], Entry]:
    """Finished runs by seed and fold."""
    return {(int(e.settings["seed"]), int(e.settings.get("fold", 0))): e for e in entries if e.metrics is not None}


def _together(names: Sequence[str], members: Sequence[Entry | None]) -> tuple[int, int] | None:
    """Tracks that the mean probabilities have right, and all; ``None`` where a member is missing.

    Raises:
        UserError: members have other tracks, or predictions that cannot be read.
    """
    folders = [entry.folder for entry in members if entry is not None and entry.folder is not None]
    if len(folders) < len(names):
        return None
    rows = (RunFolder(folder).predictions() for folder in folders)
    ensemble = Ensemble.of(dict(zip(names, rows, strict=True)))
    return ensemble.right, len(ensemble.rows)


def _parameters(folder: Path) -> int | None:
    """Of the trained net; ``None`` where its checkpoint is gone."""
    try:
        model = load_model(Classifier, RunFolder(folder).checkpoint, "a genre classifier")
    except UserError:
        return None
    return sum(p.numel() for p in model.net.parameters())
