"""MFCCs in a few kilobytes, for a page's script to draw on demand.

A figure of matplotlib's takes as long as a hundred of these.
"""

import base64

import matplotlib
import numpy as np

from gtzan.data.store import FeatureStore
from gtzan.evaluation.mistakes import GenreMeans, mfccs, seconds_per_frame

BYTES = 6000  # of a picture, before base64
LIMIT = 8.0  # standard deviations at the ends of the colour scale, which bends: means differ less than tracks


class Thumbnails:
    """Pictures of tracks and of genres on one scale.

    Each coefficient is counted in standard deviations of the training tracks from the mean of all genres, because in
    decibels the first coefficient is ten times as large as the others, but distinguishes genres least.

    Args:
        store: the features.
        train: the training tracks.

    Attributes:
        rows: coefficients.
        columns: of a picture whose track fills it.
        seconds: that it shows.
    """

    def __init__(self, store: FeatureStore, train: np.ndarray) -> None:
        self.store = store
        self._genres = GenreMeans.of(store, train)
        _, self.frames, self.rows = self._genres.means.shape
        self._centre = np.nanmean(self._genres.means, axis=(0, 1))
        self.columns = max(1, min(self.frames, BYTES // self.rows))
        self.seconds = self.frames * seconds_per_frame(store)

    def of_track(self, track: int) -> str:
        """A track's beginning, base64 of uint8 ``(columns, rows)``; of a shorter track, fewer columns."""
        return self._picture(mfccs(self.store, track)[: self.frames])

    def of_genres(self) -> list[str | None]:
        """The mean over each genre's training tracks; ``None`` where there are none."""
        return [None if np.isnan(frames).any() else self._picture(frames) for frames in self._genres.means]

    def _picture(self, frames: np.ndarray) -> str:
        columns = max(1, round(self.columns * len(frames) / self.frames))
        edges = np.linspace(0, len(frames), columns + 1).astype(int)
        means = np.add.reduceat(frames, edges[:-1]) / np.diff(edges)[:, None]
        z = ((means - self._centre) / self._genres.deviation).clip(-LIMIT, LIMIT)
        bent = np.arcsinh(2 * z) / np.arcsinh(2 * LIMIT)
        return base64.b64encode(np.rint((bent + 1) * 127.5).astype(np.uint8)).decode()


def colours() -> str:
    """Viridis: base64 of uint8 ``(256, 3)``."""
    return base64.b64encode(matplotlib.colormaps["viridis"](range(256), bytes=True)[:, :3].tobytes()).decode()
