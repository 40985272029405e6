"""The table of a synthesis: each quantity for all genres and for each, of real and of generated tracks.

It has a block for each quantity, a row for each set of tracks and a column for each genre. Real tracks come first,
because their values are what those of generated ones are compared with.
"""

import functools
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gtzan.reports import page
from gtzan.reports.plots.style import one_line

ALL = "all genres"
REAL, COPY, FEATURES, SYNTH = (
    "real held-out tracks",
    "copy synthesis (real → waveform)",
    "generated, as MFCCs",
    "generated, as waveform",
)
RATIO = "generated ÷ real"


@dataclass(frozen=True)
class Quantity:
    """A quantity that is measured.

    Attributes:
        name: as displayed.
        good: which values are good.
        explanation: one line.
        metrics: the name of the metric by the label of its row.
        decimals: at most, of three significant digits; ``None`` for a proportion, which is printed in percent.
    """

    name: str
    good: str
    explanation: str
    metrics: Mapping[str, str]
    decimals: int | None = None

    def text(self, value: float) -> str:
        """The number as printed, or — for NaN and infinity."""
        if not math.isfinite(value):
            return "—"
        if self.decimals is None:
            return f"{value:.1%}"
        first = int(f"{value:.2e}".partition("e")[2])  # significant digit once rounded: 2 for hundreds, −1 for tenths
        decimals = max(0, min(self.decimals, 2 - first))
        return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")  # + 0.0: no −0.00


@dataclass(frozen=True)
class Cell:
    """A number as printed, and its 95 % interval; both are empty where nothing was measured."""

    text: str = ""
    interval: str = ""


@dataclass(frozen=True)
class Row:
    """A set of tracks: its label, a cell for each column, and whether it was generated."""

    label: str
    cells: tuple[Cell, ...]
    generated: bool


@dataclass(frozen=True)
class Block:
    """A quantity and its rows."""

    quantity: Quantity
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """The table.

    Attributes:
        columns: headings: all genres and each genre, or a single genre alone.
        blocks: of the quantities that were measured.
    """

    columns: tuple[str, ...]
    blocks: tuple[Block, ...]


def _accuracy(who: str) -> dict[str, str]:
    metrics = {label: f"{name}/{who}_accuracy" for label, name in ((REAL, "real"), (COPY, "copy"), (SYNTH, "synth"))}
    return {REAL: metrics[REAL], COPY: metrics[COPY], FEATURES: f"{metrics[SYNTH]}_features", SYNTH: metrics[SYNTH]}


def _distance(name: str, ratio: bool = False) -> dict[str, str]:
    metrics = {REAL: f"real/{name}", COPY: f"copy/{name}", SYNTH: f"synth/{name}"}
    return metrics | ({RATIO: f"synth/{name}_of_real"} if ratio else {})


QUANTITIES = (
    Quantity(
        "Judge accuracy",
        "higher is better",
        "Share of tracks assigned to the requested genre by a classifier that took no part in training the generator.",
        _accuracy("judge"),
    ),
    Quantity(
        "Guide accuracy",
        "higher is better, but optimistic",
        "The same, by the guide, whose loss teaches the paper's generators. A flow learns without it.",
        _accuracy("guide"),
    ),
    Quantity(
        "Fréchet distance",
        "lower is better; compare with real",
        "Distance from the real training tracks' distribution in the judge's embedding. Smaller for more tracks.",
        _distance("frechet"),
        decimals=2,
    ),
    Quantity(
        "Kernel distance (MMD)",
        "lower is better; compare with real",
        "The same by an unbiased estimator, which does not depend on the number of tracks. Around 0 for no difference.",
        _distance("mmd"),
        decimals=4,
    ),
    Quantity(
        "Fréchet audio distance (FAD)",
        "lower is better; compare with real",
        "The same in the embedding of MusiCNN, which took no part in training here. All rows use equally many tracks.",
        _distance("fad"),
        decimals=2,
    ),
    Quantity(
        "Kernel audio distance (KAD)",
        "lower is better; compare with real",
        "FAD's sets compared with a Gaussian kernel, times 100, as its authors do. Smaller for more tracks.",
        _distance("kad"),
        decimals=2,
    ),
    Quantity(
        "Diversity",
        "near real is best",
        "Mean distance between tracks of one genre in the judge's embedding. Far below real, all sound the same.",
        _distance("diversity", ratio=True),
        decimals=2,
    ),
    Quantity(
        "Nearest training passage",
        "near real is best",
        "Distance of one second of music to the most similar second in training. Far below real suggests copying.",
        _distance("nearest", ratio=True),
        decimals=2,
    ),
    Quantity(
        "Trained on these, tested on real",
        "higher is better, real is the ceiling",
        "Accuracy on real held-out tracks of a logistic regression trained on these tracks alone.",
        {"real training tracks": "real/train_on_it_accuracy", SYNTH: "synth/train_on_it_accuracy"},
    ),
    Quantity(
        "True peak, dBTP",
        "at most −1",
        "The highest of all samples. Above 0, players that resample them clip.",
        {SYNTH: "synth/true_peak"},
        decimals=1,
    ),
    Quantity(
        "DC offset",
        "near 0",
        "The largest of all samples, of full scale.",
        {SYNTH: "synth/dc"},
        decimals=4,
    ),
)


def make_table(metrics: Mapping[str, float], genres: Sequence[str]) -> Table:
    """Arrange what :meth:`gtzan.synthesis.judging.Judgement.metrics` returns.

    Args:
        metrics: by name; ``synth/mmd`` is for all genres, ``synth/mmd/classical`` for one. A cell, row, column or block
            without any metric is left out; NaN is shown as —.
        genres: the generated ones.
    """
    # The numbers of a single genre equal those of all. Two lists, because a genre may be called "all genres".
    suffixes = ["", *(f"/{genre}" for genre in genres if len(genres) > 1)]
    headings = [ALL, *genres] if len(genres) > 1 else list(genres)
    names = [name for quantity in QUANTITIES for name in quantity.metrics.values()]
    kept = [i for i, suffix in enumerate(suffixes) if any(name + suffix in metrics for name in names)]
    blocks = []
    for quantity in QUANTITIES:
        found = []
        for label, name in quantity.metrics.items():
            cells = tuple(_cell(metrics, quantity, name, suffixes[i]) for i in kept)
            if any(cell.text for cell in cells):
                found.append(Row(label, cells, name.startswith("synth/")))
        if found:
            blocks.append(Block(quantity, tuple(found)))
    return Table(tuple(headings[i] for i in kept), tuple(blocks))


interval = functools.partial(page.interval, decimals=0)  # samples are few


def table_text(table: Table, width: int = 100) -> str:
    """The table for a terminal, at most ``width`` characters wide; genres that do not fit follow in further tables.

    Only the first column has intervals, to save space.
    """
    if not table.columns:
        return ""
    labels = max(len(row.label) for block in table.blocks for row in block.rows) + 2
    columns = [_Column(table, i) for i in range(len(table.columns))]
    parts: list[list[_Column]] = []  # columns that fit next to each other
    for column in columns:
        if not parts or labels + sum(c.width for c in [*parts[-1], column]) > width:
            parts.append([])
        parts[-1].append(column)
    lines = []
    for part in parts:
        lines += ["", " " * labels + "".join(f"{column.heading:>{column.width}}" for column in part)]
        for number, block in enumerate(table.blocks):
            cells = [[f"{column.blocks[number][i]:>{column.width}}" for column in part] for i in range(len(block.rows))]
            if not "".join(map("".join, cells)).strip():
                continue
            lines.append(f"{block.quantity.name}: {block.quantity.good}")
            if part is parts[0]:
                lines += textwrap.wrap(block.quantity.explanation, width, initial_indent="  ", subsequent_indent="  ")
            lines += [f"  {r.label:<{labels - 2}}{''.join(c)}".rstrip() for r, c in zip(block.rows, cells, strict=True)]
    return "\n".join(lines[1:])


class _Column:
    """A column as printed: its heading, the cells of each block, and the width of the longest."""

    def __init__(self, table: Table, i: int) -> None:
        self.heading = one_line(table.columns[i], 20)
        self.blocks = [
            [f"{c.text} ({c.interval})" if c.interval and i == 0 else c.text for c in (r.cells[i] for r in block.rows)]
            for block in table.blocks
        ]
        self.width = 2 + max(map(len, [self.heading, *(text for block in self.blocks for text in block)]))


def _cell(metrics: Mapping[str, float], quantity: Quantity, name: str, suffix: str) -> Cell:
    value = metrics.get(name + suffix)
    if value is None:
        return Cell()
    if quantity.decimals is None:
        return Cell(quantity.text(value), interval(metrics, name, suffix))
    low, high = (quantity.text(metrics.get(f"{name}_{end}{suffix}", math.nan)) for end in ("low", "high"))
    return Cell(quantity.text(value), f"{low} to {high}" if "—" not in (low, high) else "")
