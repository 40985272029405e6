"""Figures of a generator: reconstruction error by epoch and by genre, and reconstructed and sampled MFCCs.

Like ``classification.py``: pure functions from numbers to figures, all text shown literally.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from gtzan.reports.plots.classification import mfcc_colours, mfcc_picture, signed_scale
from gtzan.reports.plots.style import BLUE, INK, VERMILION, new_figure, one_line, styled

PANELS = {
    "mse": "Mean squared error (standardised MFCCs)",
    "kl": "KL divergence (nats per segment)",
    "reconstruction_accuracy": "Reconstruction accuracy of segments",
}
COEFFICIENTS = 20  # shown of a picture's MFCCs: the paper's, of which the first ones are as good as all that is seen

History = Sequence[dict[str, float]]


def _panels(rows: Iterable[dict[str, float]]) -> dict[str, str]:
    """The panels of what these rows have: a net without latents has no divergence."""
    known = {name for row in rows for name in row}
    return {n: text for n, text in PANELS.items() if n != "kl" or not known or {"train/kl", "val/kl"} & known}


@styled
def curves(histories: dict[str, History], genre: str | None, title: str, held_out: str = "validation") -> Figure:
    """Squared error, KL and reconstruction accuracy over the epochs, with and without LSTM layer (figures 2 and 3).

    Training draws the latents, validation takes their means: of a net that is as good on both, training's error is the
    larger one.

    Args:
        histories: by variant, a row for each epoch, with ``epoch`` and, where measured, ``train/mse``, ``val/kl`` …,
            and ``val/mse/blues`` … by genre.
        genre: ``None`` for all of them.
        title: corpus and protocol.
        held_out: what the split calls the tracks behind ``val/…``.
    """
    figure = new_figure(10.5, 3.8, f"Reconstruction of {'all genres' if genre is None else one_line(genre, 60)}", title)
    suffix = "" if genre is None else f"/{genre}"
    colours = dict(zip(histories, (BLUE, VERMILION), strict=False))
    marker = "o" if max(map(len, histories.values()), default=0) <= 30 else None
    stages: dict[str, tuple[str, Literal["-", "--"]]] = {
        "train": ("training, with noise", "-"),
        "val": (f"{held_out}, without noise", "--"),
    }
    panels = _panels(row for history in histories.values() for row in history)
    for axes, (name, heading) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for variant, colour in colours.items():
            for stage, (what, style) in stages.items():
                key = f"{stage}/{name}{suffix}"
                rows = [(row["epoch"], row[key]) for row in histories[variant] if row.get(key) is not None]
                if rows:
                    label = f"{one_line(variant, 40)}, {what}"
                    axes.plot(*zip(*rows, strict=True), linestyle=style, color=colour, marker=marker, label=label)
        axes.set_title(heading)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(True)
        if name == "reconstruction_accuracy":
            axes.set_ylim(0, 1)
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        else:
            axes.set_ylim(bottom=0)
    # Colours and styles apart: four lines' names in full would say everything twice.
    entries = [Line2D([], [], color=colour, label=one_line(variant, 40)) for variant, colour in colours.items()]
    entries += [Line2D([], [], color=INK, linestyle=style, label=what) for what, style in stages.values()]
    figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
    return figure


@styled
def per_genre(history: History, classes: Sequence[str], title: str, held_out: str = "validation") -> Figure:
    """Squared error, KL and reconstruction accuracy of each genre after the last epoch, beside those of all genres.

    Args:
        history: as in :func:`curves`; of training where nothing was validated.
        title: corpus and protocol.
        held_out: what the split calls the tracks behind ``val/…``.
    """
    validated = [row for row in history if row.get("val/mse") is not None]
    stage, row = ("val", validated[-1]) if validated else ("train", history[-1] if history else {})
    n = len(classes)
    when = f", epoch {row['epoch']:.0f}" if row else ""
    what = f"Reconstruction by genre: {held_out if validated else 'training'}{when}"
    figure = new_figure(10.5, max(2.6, 0.27 * n + 1.4), what, title)
    measured = _panels([row])
    panels = figure.subplots(1, len(measured), sharey=True)
    for axes, (name, heading) in zip(panels, measured.items(), strict=True):
        share = name == "reconstruction_accuracy"
        values = [row.get(f"{stage}/{name}/{genre}") for genre in classes]
        present = [(y, value) for y, value in enumerate(values) if value is not None and np.isfinite(value)]
        axes.barh([y for y, _ in present], [value for _, value in present], color=BLUE, height=0.7)
        for y, value in present:
            label = f"{value:.0%}" if share else f"{value:.3g}"
            axes.text(0.99, y, label, transform=axes.get_yaxis_transform(), ha="right", va="center", size=8)
        largest = max((value for _, value in present), default=1)
        axes.set_xlim(0, 1.18 if share else 1.25 * largest or 1)  # room for the numbers
        if (mean := row.get(f"{stage}/{name}")) is not None:
            axes.axvline(mean, color=VERMILION, linewidth=1.2, linestyle="--", label="all genres")
        axes.set_title(heading)
        if share:
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
            axes.xaxis.set_major_formatter(PercentFormatter(1))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(n), [one_line(genre, 28) for genre in classes])
    panels[0].set_ylim(n - 0.4, -0.6)
    if panels[0].get_legend_handles_labels()[1]:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center")
    return figure


@styled
def reconstructed(
    real: np.ndarray,
    reconstruction: np.ndarray,
    sample: np.ndarray,
    error: float,
    distance: float,
    seconds_per_frame: float,
    genre: str,
    caption: str,
    title: str,
) -> Figure:
    """MFCCs of a held-out segment, of its reconstruction and of a new sample (the paper's figure 4), on one scale.

    Args:
        real, reconstruction, sample: ``(frames, n_mfcc)``, in dB; the first 20 coefficients are shown.
        error: mean squared error of the reconstruction, standardised, over all coefficients; about 1 is what the mean
            of the training tracks would have.
        distance: root mean square, over all coefficients, of how far the sample's mean over time lies from the
            segment's, standardised.
        caption: the track's name, with artist and title where known.
        title: corpus and protocol.
    """
    shown = [frames[:, :COEFFICIENTS] for frames in (real, reconstruction, sample)]
    n, n_mfcc = shown[0].shape[1], real.shape[1]
    what = f"{one_line(caption, 90)}, its reconstruction, and a new sample of {one_line(genre, 40)}"
    figure = new_figure(11, 3.7, what, title)
    headings = (
        "real\nsegment of a held-out track",
        f"reconstruction of this segment\nmean squared error {error:.3f} (standardised)",
        f"new sample of the genre\nmean over time {distance:.2f} standard deviations away",
    )
    scale = signed_scale(np.concatenate(shown))
    panels = figure.subplots(1, 3, sharey=True)
    for axes, frames, heading, colour in zip(panels, shown, headings, (INK, BLUE, VERMILION), strict=True):
        mfcc_picture(axes, frames, seconds_per_frame, scale)
        axes.set_title(heading, color=colour)
    panels[0].set_ylabel(f"coefficient (first {n} of {n_mfcc})" if n < n_mfcc else "coefficient")
    for axes in panels[1:]:
        axes.set_ylabel("")
    mfcc_colours(figure, list(panels))
    return figure
