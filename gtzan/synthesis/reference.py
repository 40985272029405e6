"""The real tracks that generated ones are compared with: those of the generator's own corpus and split."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gtzan.corpora.splits import Split
from gtzan.data.store import FeatureStore


@dataclass(frozen=True)
class Reference:
    """Real tracks of some genres, cut to the generated ones' length.

    Attributes:
        store: their features; for MFCCs, with as many as the generator makes.
        split: the generator's: training and held-out tracks.
        genres: numbers of the genres.
        seconds: of each track, at most.
    """

    store: FeatureStore
    split: Split
    genres: tuple[int, ...]
    seconds: float

    @property
    def train(self) -> np.ndarray:
        """The usable training tracks of the genres, indices into the corpus."""
        return self._usable(self.split.train)

    @property
    def test(self) -> np.ndarray:
        """The usable held-out tracks of the genres, indices into the corpus."""
        return self._usable(self.split.test)

    def labels(self, tracks: Iterable[int]) -> list[int]:
        """Genre numbers of tracks."""
        corpus = self.store.corpus
        return [corpus.genres.index(corpus.tracks[i].genre) for i in tracks]

    def mfccs(self, tracks: Iterable[int]) -> Iterator[Tensor]:
        """MFCCs ``(frames, n_mfcc)`` of each track's beginning."""
        return self.frames(tracks, "mfcc")

    def frames(self, tracks: Iterable[int], feature: str) -> Iterator[Tensor]:
        """A feature ``(frames, columns)`` of each track's beginning."""
        settings = self.store.settings
        most = 1 + round(self.seconds * settings["sample_rate"]) // settings["hop_length"]
        columns = self.store.columns_of([feature])
        for i in tracks:
            first = self.store.offsets[i]
            rows = self.store.frames[first : first + min(self.store.lengths[i], most)]
            yield torch.from_numpy(np.array(rows[:, columns]))

    def _usable(self, tracks: np.ndarray) -> np.ndarray:
        wanted = np.isin(self.labels(tracks), self.genres)
        return tracks[wanted & (self.store.lengths[tracks] > 0)]
