"""Figures of a classifier and its data: pure functions from numbers to matplotlib figures, which need no display.

Every figure's title ends with a text that the caller hands in: the corpus (with "synthetic music" where it is) and the
protocol. Names of files, artists and genres come from anywhere, so all text is shown literally, never as mathematics.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import AsinhNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from gtzan.reports.plots.style import BLUE, GREY, INK, SHARES, SIGNED, VERMILION, new_figure, one_line, styled


@styled
def curves(history: Sequence[dict[str, float]], title: str, held_out: str = "validation") -> Figure:
    """Loss, mean squared error and accuracy over the epochs (the paper's figures 2 and 8).

    Args:
        history: a row for each epoch, with ``epoch`` and, where measured, ``train/loss``, ``val/loss``, ``train/mse`` …
        title: corpus and protocol.
        held_out: what the split calls the tracks behind ``val/…``.
    """
    figure = new_figure(10.5, 3.5, "Training curves", title)
    panels = {
        "loss": "Cross-entropy of segments",
        "mse": "Mean squared error of segments",
        "accuracy": "Accuracy of tracks",
    }
    for axes, (name, heading) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        for stage, label, colour, style in (("train", "training", BLUE, "-"), ("val", held_out, VERMILION, "--")):
            rows = [(row["epoch"], row[f"{stage}/{name}"]) for row in history if row.get(f"{stage}/{name}") is not None]
            if rows:
                marker = "o" if len(rows) <= 30 else None
                axes.plot(*zip(*rows, strict=True), linestyle=style, color=colour, label=label, marker=marker)
        axes.set_title(heading)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(True)
        if name == "accuracy":
            axes.set_ylim(0, 1)
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        else:
            axes.set_ylim(bottom=0)
    figure.axes[0].legend(loc="best")
    return figure


@styled
def confusion(matrix: np.ndarray, classes: Sequence[str], title: str, requested: Sequence[int] | None = None) -> Figure:
    """Confusion matrix (the paper's figure 6): counts, and each row's percentages where there is room for both.

    Args:
        matrix: counts ``(n_classes, n_classes)``: a row for each true, a column for each predicted genre.
        requested: of generated samples, the genres that they were to be of: no other has a row.
    """
    shown = np.arange(len(classes)) if requested is None else np.array(requested)
    truth, what = ("true", "tracks") if requested is None else ("requested", "samples")
    matrix = np.asarray(matrix).astype(int)[shown]
    n, n_rows = len(classes), len(shown)
    names = [one_line(name, 22) for name in classes]
    totals = matrix.sum(axis=1, keepdims=True)
    share = matrix / np.maximum(totals, 1)
    cell, size = (0.62, 9.5) if n <= 12 else (0.46, 7.5)  # inches, points
    longest = 0.085 * max(map(len, names))
    right, total = matrix[range(n_rows), shown].sum(), matrix.sum()
    heading = f"Confusion matrix: {right} of {total} {what} correct ({right / max(total, 1):.1%})"
    height = max(3.0, cell * n_rows + 0.7 * longest + 1.1)
    figure = new_figure(max(6, cell * n + longest + 2.2), height, heading, title)
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap=SHARES, vmin=0, vmax=1)
    slanted: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if longest > cell else {}
    axes.set_xticks(range(n), names, **slanted)
    axes.set_yticks(range(n_rows), [f"{names[i]} ({count})" for i, count in zip(shown, totals[:, 0], strict=True)])
    axes.set_xlabel("predicted genre")
    axes.set_ylabel(f"{truth} genre ({what})")
    borderless(axes)
    # White lines between the cells, which the grid of major ticks would draw through their middle.
    axes.set_xticks(np.arange(1, n) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, n_rows) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1, alpha=1)
    axes.tick_params(which="minor", length=0)
    for row, column in np.argwhere(matrix):
        style: dict[str, Any] = {"ha": "center", "color": "white" if share[row, column] > 0.55 else INK}
        weight = "bold" if shown[row] == column else "normal"
        axes.text(column, row, str(matrix[row, column]), va="bottom", size=size, weight=weight, **style)
        axes.text(column, row + 0.06, f"{share[row, column]:.0%}", va="top", size=size - 1.8, **style)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, format=PercentFormatter(1))
    bar.set_label("share of the row")
    bar.outline.set_visible(False)
    return figure


@styled
def report(rows: Sequence[dict], title: str, what: str = "tracks") -> Figure:
    """Classification report as a table; the shade of a cell is its value. A genre without tracks has no values.

    Args:
        rows: of :func:`gtzan.evaluation.classification_report.classification_report`.
        title: corpus and protocol.
        what: was classified.
    """
    genres = sum(not row["summary"] for row in rows)
    names = [one_line(row["genre"], 30) for row in rows]
    columns = ("precision", "recall", "f1", "support")
    figure = new_figure(6.4, 0.3 * (len(rows) + 1) + 1.0, "Classification report", title)
    axes = figure.add_subplot()
    left = 0.09 * max(map(len, names)) + 0.5
    axes.set_xlim(-left, len(columns))
    axes.set_ylim(len(rows) + 0.3, -1)
    axes.axis("off")
    for column, name in enumerate(("precision", "recall", "F1", what)):
        axes.text(column + 0.5, -0.5, name, ha="center", va="center", weight="bold")
    colours = matplotlib.colormaps[SHARES]
    for i, (row, name) in enumerate(zip(rows, names, strict=True)):
        y = i + 0.3 * (i >= genres)
        axes.text(-left + 0.05, y + 0.5, name, va="center", weight="bold" if row["summary"] else "normal")
        for x, key in enumerate(columns):
            value = row[key]
            if value is None:
                continue
            if key != "support" and row["support"]:
                # Up to two thirds of the colour map, so that black stays readable on it.
                axes.fill_between([x + 0.02, x + 0.98], y + 0.04, y + 0.96, color=colours(0.65 * value), linewidth=0)
            label = str(value) if key == "support" else f"{value:.2f}" if row["support"] else "—"
            axes.text(x + 0.5, y + 0.5, label, ha="center", va="center")
    for line in (-1 + 0.05, 0, genres + 0.15, len(rows) + 0.3):
        axes.axhline(line, color=INK, linewidth=0.8 if line in (0, genres + 0.15) else 1.4)
    return figure


@styled
def mfcc(frames: np.ndarray, seconds_per_frame: float, name: str, title: str) -> Figure:
    """The MFCCs of one track (the paper's figure 1).

    Args:
        frames: ``(frames, n_mfcc)``, in dB.
        name: of the track, with artist and title where known.
    """
    figure = new_figure(8.5, 3.4, f"MFCCs of {name}", title)
    axes = figure.add_subplot()
    mfcc_picture(axes, frames, seconds_per_frame, signed_scale(frames))
    mfcc_colours(figure, [axes])
    return figure


@styled
def misclassified(
    frames: np.ndarray,
    means: np.ndarray,
    deviation: np.ndarray,
    seconds_per_frame: float,
    truth: int,
    predicted: int,
    probabilities: np.ndarray,
    classes: Sequence[str],
    name: str,
    title: str,
) -> Figure:
    """A misclassified track beside its true and its predicted genre (the paper's figures 7, 9 and 10).

    Above, the MFCCs of all three on one colour scale. Below, their means over time, each coefficient in standard
    deviations of the training tracks from the mean of all genres; and the probabilities of the likeliest genres.

    Args:
        frames: of the track, ``(frames, n_mfcc)``, in dB.
        means: of the training tracks of each genre at each frame, ``(n_classes, frames, n_mfcc)``; NaN, which stays
            blank, for a genre without tracks.
        deviation: of the training tracks' time-averaged coefficients, ``(n_mfcc,)``.
        truth, predicted: genre numbers.
        probabilities: ``(n_classes,)``.
        name: of the track, with artist and title where known.
        title: corpus and protocol.
    """
    true_name, predicted_name = one_line(classes[truth], 28), one_line(classes[predicted], 28)
    what = f"{one_line(name, 90)}: {true_name}, predicted as {predicted_name}"
    figure = new_figure(11, 5.6, what, title)
    grid = figure.add_gridspec(2, 6, height_ratios=[1.15, 1])
    n_frames = min(len(frames), means.shape[1])
    pictures = [frames[:n_frames], means[truth, :n_frames], means[predicted, :n_frames]]
    scale = signed_scale(np.concatenate(pictures))
    headings = ("this track", f"true genre: mean of {true_name}", f"predicted genre: mean of {predicted_name}")
    tops = [figure.add_subplot(grid[0, 2 * i : 2 * i + 2]) for i in range(3)]
    for axes, picture, heading, colour in zip(tops, pictures, headings, (INK, BLUE, VERMILION), strict=True):
        mfcc_picture(axes, picture, seconds_per_frame, scale)
        axes.set_title(heading, color=colour)
        if axes is not tops[0]:
            axes.set_ylabel("")
    mfcc_colours(figure, tops)

    profile = figure.add_subplot(grid[1, :4])
    centre = np.nanmean(means, axis=(0, 1))
    coefficients = np.arange(1, frames.shape[1] + 1)
    lines = zip(pictures, ("this track", true_name, predicted_name), (INK, BLUE, VERMILION), "o^s", strict=True)
    for picture, label, colour, marker in lines:
        z = (picture.mean(axis=0) - centre) / deviation
        profile.plot(coefficients, z, color=colour, marker=marker, label=label, linewidth=1.2, markersize=4.5)
    profile.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    profile.set_title("mean over time")
    profile.set_xlabel("coefficient")
    profile.set_ylabel("standard deviations\nfrom the mean of all genres")
    profile.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=20))
    profile.grid(True)
    profile.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0, ncols=3)

    _probability_bars(figure.add_subplot(grid[1, 4:]), probabilities, classes, {truth: BLUE, predicted: VERMILION})
    return figure


@styled
def timeline(
    segments: np.ndarray, edges: np.ndarray, whole: np.ndarray, classes: Sequence[str], name: str, title: str
) -> Figure:
    """A file's genre probabilities over time and on the whole.

    Args:
        segments: probabilities ``(segments, n_classes)``.
        edges: ``(segments + 1,)``, seconds: where each segment starts, and where the last one ends.
        whole: probabilities of the whole file, ``(n_classes,)``.
        name: of the file.
        title: what the model was trained on.
    """
    n = len(classes)
    figure = new_figure(10, max(2.6, 0.27 * n + 1.3), f"Genres of {name}", title)
    left, right = figure.subplots(1, 2, width_ratios=[4, 1], sharey=True)
    image = left.pcolormesh(edges, np.arange(n + 1) - 0.5, segments.T, cmap=SHARES, vmin=0, vmax=1)
    left.set_yticks(range(n), [one_line(c, 28) for c in classes])
    left.set_ylim(n - 0.5, -0.5)
    left.set_title("each segment")
    left.set_xlabel("time (s)")
    borderless(left)
    figure.colorbar(image, ax=left, aspect=25, pad=0.01, format=PercentFormatter(1)).outline.set_visible(False)
    right.barh(range(n), whole, color=[BLUE if i == whole.argmax() else GREY for i in range(n)], height=0.7)
    right.set_title("whole file")
    _percent_labels(right, whole)
    return figure


def signed_scale(frames: np.ndarray) -> AsinhNorm:
    """Zero is white. The first coefficient is ten times larger than the others, so the scale bends."""
    return AsinhNorm(linear_width=15, vmin=-(limit := max(1.0, float(np.nanmax(np.abs(frames))))), vmax=limit)


def mfcc_picture(axes: Axes, frames: np.ndarray, seconds_per_frame: float, scale: AsinhNorm) -> None:
    n_frames, n_mfcc = frames.shape
    extent = (0, n_frames * seconds_per_frame, 0.5, n_mfcc + 0.5)
    # Rows are repeated because matplotlib smooths both axes or none: time needs it, the coefficients must stay apart.
    rows = np.repeat(frames.T, max(1, 400 // n_mfcc), axis=0)
    axes.imshow(rows, cmap=SIGNED, norm=scale, origin="lower", aspect="auto", extent=extent)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("coefficient")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, prune=None))
    borderless(axes)


def mfcc_colours(figure: Figure, axes: list[Axes]) -> None:
    bar = figure.colorbar(axes[0].images[0], ax=axes, aspect=25, pad=0.01)
    bar.set_label("MFCC (dB)")
    bar.outline.set_visible(False)
    largest = bar.norm.vmax or 0
    ticks = [t for t in (-500, -200, -50, -20, 0, 20, 50, 200, 500) if abs(t) <= largest]
    bar.set_ticks(ticks, labels=[f"{t}".replace("-", "−") for t in ticks])
    bar.ax.minorticks_off()


def _probability_bars(axes: Axes, probabilities: np.ndarray, classes: Sequence[str], colours: dict[int, str]) -> None:
    """The five likeliest genres, and the coloured ones even if they are not among them."""
    likeliest = np.argsort(-probabilities, kind="stable")
    shown = [i for rank, i in enumerate(likeliest.tolist()) if rank < 5 or i in colours]
    axes.barh(range(len(shown)), probabilities[shown], color=[colours.get(i, GREY) for i in shown], height=0.7)
    axes.set_yticks(range(len(shown)), [one_line(classes[i], 22) for i in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_title("probability")
    _percent_labels(axes, probabilities[shown])


def _percent_labels(axes: Axes, values: np.ndarray) -> None:
    for y, value in enumerate(values):
        axes.annotate(f"{value:.0%}", (value, y), (4, 0), textcoords="offset points", va="center", size=8)
    axes.set_xlim(0, 1.3 * max(values))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def borderless(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
