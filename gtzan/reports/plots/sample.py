"""Figures of generated samples: MFCCs and spectrogram of one, and spectrograms of several beside real tracks.

Like :mod:`gtzan.reports.plots.classification`: from numbers to a figure, all text shown literally.
"""

from collections.abc import Mapping

import librosa
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gtzan.reports.plots.classification import borderless, mfcc_colours, mfcc_picture, signed_scale
from gtzan.reports.plots.style import new_figure, one_line, styled

SIZE = (5.6, 4.0)  # inches: half of a page's width, so that letters keep their size there
COEFFICIENTS = 20  # shown of the MFCCs: the paper's
LOUDNESS = "magma"  # colours of the spectrogram
RANGE_DB = 80.0  # shown below its loudest point
HERTZ = (100, 500, 1000, 2000, 5000, 10000, 20000)  # ticks, far enough apart on the mel scale


@styled
def sample(
    mfcc: np.ndarray, log_mel: np.ndarray, seconds_per_frame: float, sample_rate: int, caption: str, title: str
) -> Figure:
    """A sample's MFCCs as generated, and below them the spectrogram of its waveform, on one time axis.

    Args:
        mfcc: ``(frames, n_mfcc)``, in dB; the first 20 coefficients are shown.
        log_mel: of the waveform, ``(frames, n_mels)``, in dB; the bands reach from 0 Hz to half the sample rate.
        seconds_per_frame: of both.
        sample_rate: in Hz.
        caption: genre and number, with predictions where known.
        title: corpus and seed.
    """
    figure = new_figure(*SIZE, one_line(caption, 120), title)
    above, below = figure.subplots(2, 1, sharex=True)
    shown = mfcc[:, :COEFFICIENTS]
    mfcc_picture(above, shown, seconds_per_frame, signed_scale(shown))
    n, n_mfcc = shown.shape[1], mfcc.shape[1]
    above.set_title(f"generated MFCCs, the first {n} of {n_mfcc}" if n < n_mfcc else "generated MFCCs")
    above.set_xlabel("")
    above.tick_params(axis="x", labelbottom=False)
    mfcc_colours(figure, [above])
    log_mel_picture(below, log_mel, seconds_per_frame, sample_rate)
    below.set_title("log-mel spectrogram of the waveform made from them")
    bar = figure.colorbar(below.images[0], ax=below, aspect=25, pad=0.01)
    bar.set_label("level (dB)")
    bar.outline.set_visible(False)
    below.set_xlim(0, max(len(mfcc), len(log_mel)) * seconds_per_frame)
    return figure


@styled
def side_by_side(
    rows: Mapping[str, Mapping[str, np.ndarray]], seconds_per_frame: float, sample_rate: int, title: str
) -> Figure:
    """Log-mel spectrograms in a grid: a row for each genre, a column for each kind of track.

    Args:
        rows: by genre and kind, ``(frames, n_mels)`` in dB, each genre with the same kinds.
        seconds_per_frame: of all.
        sample_rate: in Hz.
        title: corpus and split.
    """
    kinds = list(next(iter(rows.values())))
    figure = new_figure(3.1 * len(kinds) + 0.8, 0.7 + 1.6 * len(rows), " · ".join(kinds), title)
    grid = figure.subplots(len(rows), len(kinds), squeeze=False, sharex=True)
    for (genre, spectra), line in zip(rows.items(), grid, strict=True):
        for (kind, log_mel), axes in zip(spectra.items(), line, strict=True):
            log_mel_picture(axes, log_mel - np.nanmax(log_mel), seconds_per_frame, sample_rate)  # one scale for all
            axes.set_title(f"{one_line(genre, 20)}, {kind}")
            axes.label_outer()
    bar = figure.colorbar(grid[0, 0].images[0], ax=grid, aspect=40, pad=0.01)
    bar.set_label("level (dB), loudest 0")
    bar.outline.set_visible(False)
    return figure


def log_mel_picture(axes: Axes, log_mel: np.ndarray, seconds_per_frame: float, sample_rate: int) -> None:
    """A spectrogram ``(frames, n_mels)``, in dB, with a band's number as its height and ticks in Hz."""
    n_frames, n_mels = log_mel.shape
    loudest = float(np.nanmax(log_mel))
    axes.imshow(
        log_mel.T,
        cmap=LOUDNESS,
        vmin=loudest - RANGE_DB,
        vmax=loudest,
        origin="lower",
        aspect="auto",
        extent=(0, n_frames * seconds_per_frame, 0.5, n_mels + 0.5),
    )
    # Band i is centred on the i-th of these frequencies; the first and the last are the edges of the outermost bands.
    centres = librosa.mel_frequencies(n_mels + 2, fmin=0, fmax=sample_rate / 2)
    bands = np.interp(HERTZ, centres, np.arange(n_mels + 2), right=np.inf)
    ticks = [(y, hertz) for y, hertz in zip(bands, HERTZ, strict=True) if 0.5 <= y <= n_mels + 0.5]
    labels = [f"{hertz // 1000}k" if hertz >= 1000 else str(hertz) for _, hertz in ticks]
    axes.set_yticks([y for y, _ in ticks], labels)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("frequency (Hz)")
    borderless(axes)
