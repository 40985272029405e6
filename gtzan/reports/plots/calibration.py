"""The reliability diagram: are predictions as often right as they are said to be probable?"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from gtzan.models.calibration import Reliability
from gtzan.models.metrics import wilson_interval
from gtzan.reports.plots.style import BLUE, GREY, new_figure, styled


@styled
def reliability(panels: Mapping[str, Reliability], title: str) -> Figure:
    """Accuracy of held-out tracks with its 95 % interval, by the probability of the predicted genre.

    Args:
        panels: side by side, such as before and after calibration, by their headings.
        title: corpus and protocol.
    """
    figure = new_figure(max(4.6, 4.2 * len(panels)), 4.0, "Reliability of the probabilities", title)
    for axes, (heading, found) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        bins = len(found.tracks)
        middles = (np.arange(bins) + 0.5) / bins
        axes.bar(middles, found.tracks / max(1, found.tracks.sum()), width=1 / bins, color=GREY, alpha=0.3)
        used = np.flatnonzero(found.tracks)
        accuracy = found.right[used] / found.tracks[used]
        intervals = [wilson_interval(int(found.right[i]), int(found.tracks[i])) for i in used]
        errors = np.abs(np.array(intervals).T - accuracy)
        axes.errorbar(found.confidence[used], accuracy, errors, color=BLUE, marker="o", capsize=2, linewidth=1.2)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set_xlabel("probability of the predicted genre")
        axes.set_ylabel("accuracy (grey: share of tracks)")
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_title(f"{heading}: calibration error {found.error:.1%}")
    return figure
