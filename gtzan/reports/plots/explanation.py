"""Figure of an explanation: the spectrogram, and the evidence of its seconds and its bands.

Like :mod:`gtzan.reports.plots.classification`: from numbers to a figure, all text shown literally.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gtzan.evaluation.explanation import KEPT, Explanation, strongest
from gtzan.reports.plots.classification import borderless
from gtzan.reports.plots.sample import log_mel_picture
from gtzan.reports.plots.style import BLUE, GREY, SIGNED, VERMILION, new_figure, one_line, styled


@styled
def explanation(
    found: Explanation, log_mel: np.ndarray, seconds_per_frame: float, sample_rate: int, name: str, title: str
) -> Figure:
    """A spectrogram on which the strongest cells are framed; below it all cells, and the evidence by second and band.

    Args:
        found: the explanation.
        log_mel: of the audio, ``(frames, n_mels)``, in dB; the bands reach from 0 Hz to half the sample rate.
        seconds_per_frame: of it.
        sample_rate: in Hz.
        name: of the file.
        title: what the model was trained on.
    """
    genre = one_line(found.genre, 28)
    what = f"{one_line(name, 90)}: what speaks for {genre} ({found.probability:.0%})"
    figure = new_figure(10.5, 7.2, what, title)
    grid = figure.add_gridspec(3, 2, width_ratios=[5, 1], height_ratios=[1.5, 1.3, 0.8])
    spectrogram = figure.add_subplot(grid[0, 0])
    cells = figure.add_subplot(grid[1, 0], sharex=spectrogram)
    by_second = figure.add_subplot(grid[2, 0], sharex=spectrogram)
    by_band = figure.add_subplot(grid[1, 1], sharey=cells)

    log_mel_picture(spectrogram, log_mel, seconds_per_frame, sample_rate)
    _frame_strongest(spectrogram, found, log_mel.shape[1])
    framed = f"the {KEPT:.0%} of cells with the most evidence, weighted by P({genre})"
    spectrogram.set_title(f"log-mel spectrogram; framed: {framed}")
    spectrogram.set_xlabel("")

    edges = np.arange(len(found.hertz))
    limit = max(1e-3, float(np.abs(found.cells).max()))
    image = cells.pcolormesh(found.seconds, edges, found.cells.T, cmap=SIGNED, vmin=-limit, vmax=limit)
    cells.set_yticks(edges, [f"{hertz:.0f}" if hertz < 1000 else f"{hertz / 1000:.1f}k" for hertz in found.hertz])
    cells.set_ylabel("frequency (Hz)")
    cells.set_title(f"evidence for {genre} of each band in each window, not weighted")
    borderless(cells)
    bar = figure.colorbar(image, ax=cells, aspect=25, pad=0.01)
    bar.set_label("drop in log-odds\nif 20 dB softer")
    bar.outline.set_visible(False)

    widths = np.diff(found.seconds)
    colours = _colours(found.by_second, found.probabilities)
    by_second.bar(found.seconds[:-1], found.by_second, widths, align="edge", color=colours)
    by_second.axhline(0, color=GREY, linewidth=0.8)
    by_second.set_title(f"whole window; pale where {genre} is improbable")
    by_second.set_xlabel("time (s)")
    by_second.set_ylabel("drop in\nlog-odds")
    by_second.set_xlim(0, found.seconds[-1])
    by_band.barh(edges[:-1], found.by_band, 1, align="edge", color=_colours(found.by_band, np.ones(len(edges) - 1)))
    by_band.axvline(0, color=GREY, linewidth=0.8)
    by_band.set_title("whole band")
    by_band.set_xlabel("drop in log-odds")
    by_band.tick_params(axis="y", labelleft=False, length=0)
    for axes in (spectrogram, cells):
        axes.tick_params(axis="x", labelbottom=False)
    return figure


def _frame_strongest(axes: Axes, found: Explanation, n_mels: int) -> None:
    bands = np.arange(len(found.hertz)) * (n_mels + 1) / (len(found.hertz) - 1)  # as high as the mel scale has them
    for window, band in np.argwhere(strongest(found, KEPT)):
        (left, right), (low, high) = found.seconds[window : window + 2], bands[band : band + 2]
        axes.add_patch(Rectangle((left, low), right - left, high - low, fill=False, edgecolor="white", linewidth=0.9))


def _colours(evidence: np.ndarray, probabilities: np.ndarray) -> list[tuple[float, ...]]:
    pairs = zip(evidence, probabilities, strict=True)
    return [to_rgba(VERMILION if value > 0 else BLUE, 0.2 + 0.8 * p) for value, p in pairs]
