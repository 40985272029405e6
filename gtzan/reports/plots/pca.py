"""Figures of a PCA: tracks in the plane of the first two components, explained variance, and loadings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from gtzan.evaluation.pca import Projection, TrackFeatures, data_ellipse
from gtzan.reports.plots.style import BLUE, GREY, INK, VERMILION, new_figure, one_line, styled

# Okabe and Ito's without the yellow, which white paper swallows, then two of Paul Tol's. Shapes repeat at another pace
# than colours, so that no two of 70 genres share both.
GENRE_COLOURS = (BLUE, VERMILION, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK, "#882255", "#999933", GREY)
GENRE_MARKERS = "os^DvPX"
PANEL = 4.4  # inches


@styled
def scatter(
    projection: Projection, train: TrackFeatures, test: TrackFeatures, generated: TrackFeatures | None, title: str
) -> Figure:
    """Tracks in the plane of the first two components (the paper's figure 5): real ones, and beside them generated.

    Each genre has the ellipse that holds 95 % of the normal distribution fitted to its tracks; among generated tracks,
    the real ones' ellipses are dashed. Both panels have one scale, and a distance is as long across as it is up.

    Args:
        projection: fitted on ``train``.
        train, test: real tracks: filled, and hollow.
        generated: ``None`` leaves their panel out.
        title: corpus and protocol.
    """
    real = [(_plane(projection, train), train.genre, True), (_plane(projection, test), test.genre, False)]
    panels = {f"real: {len(train)} training, {len(test)} held-out tracks": real}
    if generated is not None:
        panels[f"generated: {len(generated)} tracks"] = [(_plane(projection, generated), generated.genre, True)]
    outlines = {heading: _outlines(clouds, len(train.genres)) for heading, clouds in panels.items()}
    shown = [points for clouds in panels.values() for points, _, _ in clouds]
    shown += [outline for by_genre in outlines.values() for outline in by_genre.values()]
    limits = _limits(np.concatenate(shown))
    height = PANEL * np.ptp(limits[1]) / np.ptp(limits[0])
    handles = _legend(train.genres, generated is not None)
    width = PANEL * len(panels) + 0.8 + 0.08 * max(len(str(entry.get_label())) for entry in handles)
    figure = new_figure(width, max(height + 1.1, 0.19 * len(handles) + 0.7), "Tracks in the PCA plane", title)
    figure.set_layout_engine("compressed")  # which knows of axes with a fixed aspect

    axes_ = figure.subplots(1, len(panels), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (heading, clouds) in zip(axes_, panels.items(), strict=True):
        for points, genre, filled in clouds:
            for g in range(len(train.genres)):
                _dots(axes, points[genre == g], g, filled)
        for g, outline in outlines[heading].items():
            axes.plot(*outline.T, color=_colour(g), linewidth=1.6)
        if clouds is not real:
            for g, outline in outlines[next(iter(panels))].items():
                axes.plot(*outline.T, color=_colour(g), linewidth=1, linestyle=(0, (4, 3)))
        axes.set_title(heading)
        axes.set_aspect("equal")
        axes.set_xlim(limits[0])
        axes.set_ylim(limits[1])
        shares = [f"component {i + 1} ({projection.explained_variance_ratio[i]:.0%} of the variance)" for i in (0, 1)]
        axes.set_xlabel(shares[0])
        if axes is axes_[0]:
            axes.set_ylabel(shares[1])
        axes.grid(True)
    figure.legend(handles=handles, loc="outside right center", borderaxespad=0.5)
    return figure


@styled
def explained_variance(projection: Projection, title: str) -> Figure:
    """The share of each component in the training tracks' variance as bars, and their sums as a line."""
    ratio = projection.explained_variance_ratio
    sums = ratio.cumsum()
    number = np.arange(1, len(ratio) + 1)
    enough = min(int(np.searchsorted(sums, 0.9)) + 1, len(ratio))
    what = f"Explained variance: two components explain {sums[1]:.0%}, {enough} explain {sums[enough - 1]:.0%}"
    figure = new_figure(8, 3.6, what, title)
    axes = figure.add_subplot()
    axes.bar(number, ratio, color=BLUE, width=0.75, label="each component")
    axes.plot(number, sums, color=VERMILION, marker="o", markersize=3, label="cumulative", clip_on=False)
    axes.set_xlabel("component")
    axes.set_ylabel("explained variance ratio")
    axes.set_xlim(0.3, len(ratio) + 0.7)
    axes.set_ylim(0, 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=20))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(True, axis="y")
    axes.set_axisbelow(True)
    axes.legend(loc="center right")
    return figure


@styled
def loadings(projection: Projection, title: str) -> Figure:
    """The correlation of each feature with the first two components, over the training tracks."""
    n = len(projection.names)
    figure = new_figure(8, 0.165 * n + 1.3, "Loadings of the first two components", title)
    for i, axes in enumerate(figure.subplots(1, 2, sharey=True)):
        values = projection.loadings[:, i]
        axes.barh(range(n), values, color=np.where(np.abs(values) >= 0.5, BLUE, GREY), height=0.72)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlim(-1, 1)
        axes.set_title(f"component {i + 1} ({projection.explained_variance_ratio[i]:.0%} of the variance)")
        axes.set_xlabel("correlation (blue: at least ±0.5)")
        axes.set_xticks([-1, -0.5, 0, 0.5, 1])
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
    figure.axes[0].set_yticks(range(n), projection.names, size=7.5)
    figure.axes[0].set_ylim(n - 0.4, -0.6)
    return figure


def _plane(projection: Projection, tracks: TrackFeatures) -> np.ndarray:
    return projection.transform(tracks)[:, :2]


def _outlines(clouds: list[tuple[np.ndarray, np.ndarray, bool]], n_genres: int) -> dict[int, np.ndarray]:
    """The ellipse of each genre that has one, over all of a panel's tracks."""
    points = np.concatenate([points for points, _, _ in clouds])
    genre = np.concatenate([genre for _, genre, _ in clouds])
    ellipses = {g: data_ellipse(points[genre == g]) for g in range(n_genres)}
    return {g: outline for g, outline in ellipses.items() if outline is not None}


def _limits(points: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of both axes, around every point, neither axis much longer than the other."""
    centre = (points.max(axis=0) + points.min(axis=0)) / 2
    half = np.ptp(points, axis=0) * 0.53
    half = np.maximum(half, half[::-1] * (1, 0.65))  # up to square, and no flatter than a screen
    (left, right), (bottom, top) = zip(centre - half, centre + half, strict=True)
    return (left, right), (bottom, top)


def _colour(genre: int) -> str:
    return GENRE_COLOURS[genre % len(GENRE_COLOURS)]


def _dots(axes: Axes, points: np.ndarray, genre: int, filled: bool) -> None:
    colour = _colour(genre)
    fill: dict[str, Any] = (
        {"facecolors": colour, "linewidths": 0, "alpha": 0.6} if filled else {"facecolors": "none", "alpha": 0.9}
    )
    axes.scatter(
        points[:, 0], points[:, 1], s=17, marker=GENRE_MARKERS[genre % len(GENRE_MARKERS)], edgecolors=colour, **fill
    )


def _legend(genres: Sequence[str], generated: bool) -> list[Line2D]:
    def entry(label: str, **style: Any) -> Line2D:
        defaults: dict[str, Any] = {"linestyle": "", "markersize": 5, "color": INK}
        return Line2D([], [], label=label, **defaults | style)

    handles = [
        entry(one_line(genre, 24), marker=GENRE_MARKERS[g % len(GENRE_MARKERS)], color=_colour(g))
        for g, genre in enumerate(genres)
    ]
    handles += [
        entry("", color="none"),
        entry("training, generated" if generated else "training", marker="o"),
        entry("held-out", marker="o", markerfacecolor="none"),
        entry("95 % of a normal fit", linestyle="-", linewidth=1.6),
    ]
    if generated:
        handles.append(entry("95 % of the real tracks’ fit", linestyle=(0, (4, 3)), linewidth=1))
    return handles
