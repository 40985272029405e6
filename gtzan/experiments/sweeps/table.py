"""The table of a sweep, built from the folders of its runs."""

import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gtzan.csv_files import CsvTable
from gtzan.experiments.processes.terminal import text_table
from gtzan.experiments.sweeps.entries import AVERAGED, Entry, read_entries
from gtzan.files import write_atomically

# Overrides that change no number, or that the title shows already.
HIDDEN = (
    "corpus=",
    *("data=", "data.root", "data.builtin_root", "data.name", "data.store", "data.groups", "data.csv", "data.metadata"),
    *("cache", "runs", "hydra", "logger", "+logger", "threads"),
)
NOTE = (
    "Intervals are 95 %. One run: over its held-out tracks. Several runs that differ in seed or fold alone: of their "
    "mean ± standard deviation (Student's t); where only the seed differs, all have the same held-out tracks, and "
    "other tracks would differ by more. The best row is one of several with the same held-out tracks; the best of many "
    "is partly luck: expect less of it on other tracks."
)


@dataclass(frozen=True)
class Measure:
    """A column of numbers.

    Attributes:
        metric: its name in ``metrics.json``.
        heading: for people.
        interval: the metric whose ``_low`` and ``_high`` are the interval of a single run; ``None`` where it has none.
        as_percent: whether it is printed in percent.
        bounded: whether it lies between 0 and 1.
    """

    metric: str
    heading: str
    interval: str | None = None
    as_percent: bool = True
    bounded: bool = True

    def text(self, value: float) -> str:
        return f"{value:.1%}" if self.as_percent else f"{value:.3f}"


@dataclass(frozen=True)
class RunKind:
    """A kind of run: classifier, generator or synthesis.

    Attributes:
        marker: a metric that only runs of this kind have.
        measures: its columns; the first one orders the rows.
        lower_is_better: of the first measure.
    """

    marker: str
    measures: tuple[Measure, ...]
    lower_is_better: bool = False


KINDS = (
    RunKind(
        "test/accuracy",
        (
            Measure("test/accuracy", "test accuracy", "test/accuracy"),
            Measure("test/f1_macro", "macro F1", as_percent=False),
            Measure("all/accuracy", "all tracks", "all/accuracy"),
        ),
    ),
    RunKind(
        "test/reconstruction_accuracy",  # classifiers have test/mse, too
        (
            Measure("test/mse", "test MSE", as_percent=False, bounded=False),
            Measure("test/reconstruction_accuracy", "reconstruction accuracy"),
        ),
        lower_is_better=True,
    ),
    RunKind(
        "synth/judge_accuracy",
        (
            Measure("synth/judge_accuracy", "judge accuracy", "synth/judge_accuracy"),
            Measure("synth/frechet", "Fréchet distance", as_percent=False, bounded=False),
        ),
    ),
)


@dataclass(frozen=True)
class Estimate:
    """A metric of one run or the mean of several: its value, standard deviation and 95 % interval, where there are."""

    value: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, measure: Measure, runs: Sequence[Mapping]) -> "Estimate | None":
        """Of the runs that have the metric; ``None`` if none has. Intervals end where the metric does."""
        runs = [run for run in runs if run.get(measure.metric) is not None]
        values = [float(run[measure.metric]) for run in runs]
        if not values:
            return None
        own = {tuple(run.get(f"{measure.interval}_{end}") for end in ("low", "high")) for run in runs}
        if len(set(values)) == len(own) == 1:  # or several of a net that no seed changes, which say no more than one
            return cls(values[0], None if len(values) == 1 else 0.0, *own.pop())
        from scipy.special import stdtrit

        mean, n = math.fsum(values) / len(values), len(values)
        sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
        half = float(stdtrit(n - 1, 0.975)) * sd / math.sqrt(n)
        low, high = mean - half, mean + half
        return cls(mean, sd, *((max(low, 0.0), min(high, 1.0)) if measure.bounded else (low, high)))

    def text(self, measure: Measure) -> str:
        """Such as ``77.8% ± 1.2 [74.0, 81.2]``."""
        scale, decimals = (100, 1) if measure.as_percent else (1, 3)
        text = measure.text(self.value)
        if self.sd is not None:
            text += f" ± {scale * self.sd:.{decimals}f}"
        if self.low is not None and self.high is not None:
            text += f" [{scale * self.low:.{decimals}f}, {scale * self.high:.{decimals}f}]"
        return text


@dataclass(frozen=True)
class Row:
    """Runs that differ in seed or fold only.

    Attributes:
        axes: what varies between rows.
        entries: the runs, unfinished ones included.
        best: whether no row of its kind with the same held-out tracks is better; of a row that is alone with its own,
            only where no row of its kind has others.
    """

    axes: tuple[str, ...]
    entries: tuple[Entry, ...]
    best: bool = False

    @property
    def runs(self) -> list[dict]:
        """Metrics of the finished ones."""
        return [entry.metrics for entry in self.entries if entry.metrics is not None]

    @property
    def kind(self) -> RunKind | None:
        """One of ``KINDS``; ``None`` while nothing is finished."""
        return next((kind for run in self.runs for kind in KINDS if kind.marker in run), None)

    @property
    def corpora(self) -> tuple[str, ...]:
        """Of the finished runs."""
        return tuple(dict.fromkeys(str(run.get("corpus", "")) for run in self.runs))

    @property
    def held_out(self) -> frozenset[tuple]:
        """What decides which tracks the finished runs were tested on: their music, split and folds."""
        return frozenset(tuple(run.get(key) for key in ("corpus", "corpus_digest", "split")) for run in self.runs)

    @property
    def rank(self) -> tuple:
        """Sort key: by kind of run, then the best first; rows without numbers last."""
        kind = self.kind
        if kind is None:
            return (len(KINDS), 0.0)
        estimate = Estimate.of(kind.measures[0], self.runs)  # None where it is null in every run
        value = math.nan if estimate is None else estimate.value
        return (KINDS.index(kind), math.inf if math.isnan(value) else value if kind.lower_is_better else -value)

    @property
    def count(self) -> str:
        done, asked = len(self.runs), len(self.entries)
        return str(asked) if done == asked else f"{done} of {asked}"

    @property
    def note(self) -> str:
        """States and errors of the runs that are not finished."""
        notes = (f"{entry.state}: {entry.message}" if entry.message else entry.state for entry in self.entries)
        return "; ".join(dict.fromkeys(note for note in notes if note != "finished"))


@dataclass(frozen=True)
class Table:
    """The table.

    Attributes:
        axes: names of what varies between rows.
        rows: the best first.
        averaged: whether rows stand for several runs.
        title: corpus (which says so when the music is synthetic), split, and what all rows have in common.
    """

    axes: tuple[str, ...]
    rows: tuple[Row, ...]
    averaged: tuple[str, ...] = ()
    title: str = ""
    measures: tuple[Measure, ...] = field(default=())

    @classmethod
    def of(cls, folder: Path) -> "Table":
        """The table of a sweep's folder, or of all finished runs in a folder of runs.

        Raises:
            UserError: there are none.
        """
        return cls.from_entries(read_entries(folder))

    @classmethod
    def from_entries(cls, entries: Sequence[Entry]) -> "Table":
        keys = dict.fromkeys(key for entry in entries for key in entry.settings)
        varying = [key for key in keys if len({entry.settings.get(key) for entry in entries}) > 1]
        shared = {k: entries[0].settings[k] for k in keys if k not in varying and not f"{k}=".startswith(HIDDEN)}
        common = [f"{key}={value}" for key, value in shared.items() if value]
        axes = tuple(key for key in varying if key not in AVERAGED)
        groups: dict[tuple, list[Entry]] = {}
        for entry in entries:
            groups.setdefault(tuple(entry.settings.get(key, "") for key in axes), []).append(entry)
        rows = sorted((Row(values, tuple(group)) for values, group in groups.items()), key=lambda row: row.rank)
        rows = _with_best(rows)
        runs = [run for row in rows for run in row.runs]
        corpora, splits = (dict.fromkeys(str(run[key]) for run in runs if key in run) for key in ("corpus", "split"))
        return cls(
            axes,
            tuple(rows),
            tuple(key for key in varying if key in AVERAGED),
            ", ".join(corpora)
            + (f", split {', '.join(splits)}" if splits else "")
            + (f"; all with {' '.join(common)}" if common else ""),
            tuple(measure for kind in KINDS if any(row.kind is kind for row in rows) for measure in kind.measures),
        )

    def text(self) -> str:
        """For a terminal."""
        rows = ([*self._cells(row), "← best" if row.best else ""] for row in self.rows)
        return "\n".join([self.title, "", text_table([*self._headings(), ""], rows), "", NOTE])

    def markdown(self) -> str:
        """With the best rows in bold."""
        headings = self._headings()
        lines = [headings, ["---"] * len(headings)]
        for row in self.rows:
            cells = [cell.replace("|", "\\|") for cell in self._cells(row)]
            lines.append([f"**{cell}**" if row.best and cell else cell for cell in cells])
        return "\n".join([self.title, "", *(f"| {' | '.join(line)} |" for line in lines), "", NOTE, ""])

    def csv(self) -> str:
        """Numbers in full, with a column for each of value, standard deviation and interval."""
        text = io.StringIO()
        table = CsvTable(text, lineterminator="\n")
        parts = ("", "_sd", "_low", "_high")
        names = [f"{measure.metric}{part}" for measure in self.measures for part in parts]
        table.writerow([*self.axes, "runs", *names, "best", "corpus", "note", "folders"])
        for row in self.rows:
            numbers: list[float | None] = []
            for measure in self.measures:
                e = self.estimate(measure, row)
                numbers += [e.value, e.sd, e.low, e.high] if e else [None] * 4
            folders = [entry.folder.name for entry in row.entries if entry.folder]
            end = ["best" if row.best else "", "; ".join(row.corpora), row.note, "; ".join(folders)]
            table.writerow([*row.axes, len(row.runs), *numbers, *end])
        return text.getvalue()

    def write(self, folder: Path) -> None:
        """``table.csv`` and ``table.md``."""
        write_atomically(folder / "table.csv", self.csv())
        write_atomically(folder / "table.md", self.markdown())

    def _headings(self) -> list[str]:
        runs = [f"runs ({', '.join(self.averaged)})"] if self.averaged else []
        notes = [""] if any(row.note for row in self.rows) else []
        return [*self.axes, *runs, *(measure.heading for measure in self.measures), *notes]

    def _cells(self, row: Row) -> list[str]:
        runs = [row.count] if self.averaged else []
        notes = [row.note] if any(row.note for row in self.rows) else []
        estimates = ((measure, self.estimate(measure, row)) for measure in self.measures)
        return [*row.axes, *runs, *(e.text(measure) if e else "" for measure, e in estimates), *notes]

    def estimate(self, measure: Measure, row: Row) -> Estimate | None:
        """What a cell says; ``None`` for a measure of another kind: a classifier's error is not a generator's."""
        suits = row.kind is not None and measure in row.kind.measures
        return Estimate.of(measure, row.runs) if suits else None


def _with_best(rows: Sequence[Row]) -> list[Row]:
    """Sorted rows, of which the best of several with the same held-out tracks, or of all of a kind, are marked."""
    rivals: dict[tuple, list[Row]] = {}
    for row in rows:
        rivals.setdefault((row.kind, row.held_out), []).append(row)
    groups = Counter(kind for kind, _ in rivals)
    best = {key: group[0].rank for key, group in rivals.items() if key[0] and (len(group) > 1 or groups[key[0]] == 1)}
    return [replace(row, best=row.rank == best.get((row.kind, row.held_out))) for row in rows]
