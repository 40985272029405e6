"""Charts of a sweep: a metric against each swept parameter."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from gtzan.experiments.sweeps.table import Estimate, Measure, Table
from gtzan.reports.plots.style import BLUE, GREY, VERMILION, new_figure, one_line, styled

COLOURS = (BLUE, VERMILION, "#009E73", "#E69F00", "#CC79A7", "#56B4E9")  # Okabe and Ito's
MOST_VALUES = 24  # of an axis, beyond which its labels could not be read
LOGARITHMIC = 8  # times the smallest value of an axis, from where on its scale may be logarithmic


@dataclass(frozen=True)
class Chart:
    """A measure against an axis of a sweep.

    Attributes:
        axis: its name.
        values: of the axis, in order.
        measure: what was measured.
        by: the other axis that matters most; ``None`` where there is none.
        lines: for each of its values, and for the only one where ``by`` is ``None``, pairs of a position among
            ``values`` and an estimate; rows that differ in yet other axes share a position.
    """

    axis: str
    values: tuple[str, ...]
    measure: Measure
    by: str | None
    lines: dict[str, list[tuple[int, Estimate]]]

    @property
    def text(self) -> str:
        """A text alternative for the chart."""
        lines = []
        for name, points in self.lines.items():
            means = [f"{self.measure.text(mean)} at {self.values[x]}" for x, mean in self._means(points)]
            lines.append((f"{self.by} {name}: " if self.by else "") + ", ".join(means))
        return f"{self.measure.heading} by {self.axis}. {'; '.join(lines)}."

    @property
    def numeric(self) -> bool:
        """Whether the axis is of numbers, whose means lines connect; a number written in two ways makes them names."""
        return all(map(_is_number, self.values)) and len({float(value) for value in self.values}) == len(self.values)

    @property
    def logarithmic(self) -> bool:
        """Whether the values grow by factors rather than by steps, and far enough to crowd on a linear scale."""
        values = np.array([float(value) for value in self.values]) if self.numeric else np.zeros(1)
        if values[0] <= 0 or values[-1] < LOGARITHMIC * values[0]:
            return False
        steps, factors = np.diff(values), np.diff(np.log(values))
        return bool(factors.max() / factors.min() < steps.max() / steps.min())

    @property
    def places(self) -> np.ndarray:
        """Where each value stands: numbers by their size or its logarithm, names side by side."""
        if not self.numeric:
            return np.arange(len(self.values), dtype=float)
        values = np.array([float(value) for value in self.values])
        return np.log(values) if self.logarithmic else values

    def _means(self, points: list[tuple[int, Estimate]]) -> list[tuple[int, float]]:
        places = sorted({x for x, _ in points})
        return [(x, float(np.mean([e.value for at, e in points if at == x]))) for x in places]

    @styled
    def figure(self, title: str) -> Figure:
        """Dots with intervals; lines through their means where the axis is of numbers.

        Args:
            title: corpus and protocol.
        """
        figure = new_figure(6.4, 3.6, f"{self.measure.heading} by {one_line(self.axis, 40)}", title)
        axes = figure.add_subplot()
        places = self.places
        gap, span = np.diff(places).min(), np.ptp(places)
        # So that the intervals of several lines do not hide each other, without moving numbers far.
        aside = min(0.12 * gap, 0.015 * span) if self.numeric else 0.12
        offsets = np.linspace(-aside, aside, len(self.lines)) if len(self.lines) > 1 else [0.0]
        for i, ((name, points), offset) in enumerate(zip(self.lines.items(), offsets, strict=True)):
            colour = COLOURS[i] if i < len(COLOURS) else GREY
            x, y = np.array([(places[x], e.value) for x, e in points]).T
            ends = [(e.value - (e.value if e.low is None else e.low), (e.high or e.value) - e.value) for _, e in points]
            error = np.maximum(np.array(ends).T, 0)
            label = one_line(name, 30)
            axes.errorbar(x + offset, y, error, fmt="o", color=colour, elinewidth=1, capsize=2, label=label)
            if self.numeric:
                x, y = np.array([(places[x], mean) for x, mean in self._means(points)]).T
                axes.plot(x + offset, y, color=colour, linewidth=1.4)
        axes.set_xticks(places, [one_line(value, 20) for value in self.values])
        if sum(map(len, self.values)) > 50 or gap < 0.06 * span:
            axes.tick_params(axis="x", rotation=30)
        margin = min(0.5 * gap, 0.1 * span) if self.numeric else 0.5
        axes.set_xlim(places[0] - margin, places[-1] + margin)
        axes.set_xlabel(f"{self.axis} (logarithmic)" if self.logarithmic else self.axis)
        axes.grid(True, axis="y")
        if self.measure.as_percent:
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        if self.by:
            figure.legend(title=self.by, loc="outside right upper")
        return figure


def charts(table: Table) -> Iterator[Chart]:
    """A chart for each axis along which the best row's kind of run has two values or more."""
    if not table.rows or table.rows[0].kind is None:
        return
    kind = table.rows[0].kind
    measure = kind.measures[0]
    estimates = [(row.axes, table.estimate(measure, row)) for row in table.rows if row.kind == kind]
    rows = [(axes, estimate) for axes, estimate in estimates if estimate and math.isfinite(estimate.value)]
    spread = {i: _spread(rows, i) for i in range(len(table.axes))}
    for i, axis in enumerate(table.axes):
        values = sorted({axes[i] for axes, _ in rows}, key=_order)
        if not 1 < len(values) <= MOST_VALUES:
            continue
        others = [j for j in spread if j != i and len({axes[j] for axes, _ in rows}) > 1]
        by = max(others, key=lambda j: spread[j], default=None)
        lines: dict[str, list[tuple[int, Estimate]]] = {}
        for axes, estimate in sorted(rows, key=lambda row: _order(row[0][by]) if by is not None else ()):
            name = "" if by is None else axes[by]
            lines.setdefault(name, []).append((values.index(axes[i]), estimate))
        yield Chart(axis, tuple(values), measure, None if by is None else table.axes[by], lines)


def _spread(rows: list[tuple[tuple[str, ...], Estimate]], axis: int) -> float:
    """How far the means of an axis' values lie apart."""
    groups: dict[str, list[float]] = {}
    for axes, estimate in rows:
        groups.setdefault(axes[axis], []).append(estimate.value)
    return float(np.std([np.mean(group) for group in groups.values()])) if groups else 0.0


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _order(value: str) -> tuple:
    """Numbers by size, then names."""
    return (0, float(value), "") if _is_number(value) else (1, 0.0, value)
