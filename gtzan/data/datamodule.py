"""From a feature store and a split to batches."""

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from lightning import LightningDataModule, Trainer
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from gtzan.corpora.splits import Split
from gtzan.data.segments import SINGLE_PROCESS, EpochOrder, InOrder, Segments
from gtzan.data.store import FeatureStore
from gtzan.data.views import Blocks, LogMels, Statistics, View, mean_and_std
from gtzan.errors import UserError

log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """Segments of tracks.

    Attributes:
        x: what the net sees, not yet standardised; ``(batch, *input_shape)``.
        y: ``(batch,)``, genre numbers.
        track: ``(batch,)``, index of each segment's track in the corpus.
        counts: ``(batch,)``, whether a segment counts in this process's metrics; ``None`` where all do. Several
            processes that train together have the same last batch where it cannot be divided.
    """

    x: Tensor
    y: Tensor
    track: Tensor
    counts: Tensor | None = None

    def counted(self, *values: Tensor) -> Iterator[Tensor]:
        """The rows of values ``(batch, …)`` that count."""
        return (value if self.counts is None else value[self.counts] for value in values)


class SegmentDataset(Dataset):
    """Segments by the batch: an item is a whole batch, fetched by its segments' numbers without a loop over them."""

    def __init__(self, store: FeatureStore, segments: Segments, view: View) -> None:
        self.store, self.segments, self.view = store, segments, view
        self.columns = store.columns_of(list(view.features))
        genres = store.corpus.genres
        self.labels = torch.tensor([genres.index(t.genre) for t in store.corpus.tracks])
        # Sums are small and dear to compute, so they are computed once; frames are large and only copied.
        self.table = self._fetch_all() if isinstance(view, Statistics | Blocks) else None

    def __len__(self) -> int:
        return len(self.segments)

    def __getitem__(self, which: np.ndarray) -> Batch:
        counts = torch.from_numpy(~which.mask) if isinstance(which, np.ma.MaskedArray) else None
        which = np.ma.getdata(which)
        x = self.fetch(which) if self.table is None else self.table[torch.from_numpy(which)]
        track = torch.from_numpy(self.segments.track[which])
        return Batch(x, self.labels[track], track, counts)

    def fetch(self, which: np.ndarray) -> Tensor:
        """What the net sees of the numbered segments, ``(len(which), *input_shape)``."""
        rows = self.segments.rows(which, self.store.offsets, self.store.lengths)
        return self.view(torch.from_numpy(_take(self.store.frames, rows, self.columns)))

    def _fetch_all(self) -> Tensor:
        batches = [self.fetch(which) for which in InOrder(self.segments, 64)]
        return torch.cat(batches) if batches else torch.empty(0)


def _take(frames: np.ndarray, rows: np.ndarray, columns: list[int]) -> np.ndarray:
    """``frames[rows][..., columns]`` that copies only the columns asked for, where they lie side by side."""
    low, high = min(columns), max(columns) + 1
    if columns == list(range(low, high)):
        return frames[:, low:high][rows]
    return frames[rows][..., columns]


class GenreDataModule(LightningDataModule):
    """Segments of a store's tracks, in the parts of a split.

    Two-part splits have nothing to choose a checkpoint on; their held-out part is shown as the validation curve, and
    ``chooses`` is false.

    Args:
        store: the features.
        split: the parts, by track.
        view: what the net sees of a segment.
        batch_size: segments in a training batch.
        segment_seconds: length of a segment; longer than a track repeats the track.
        hop_seconds: distance of the starts of training segments; evaluation cuts without overlap.
        segments_per_track: how many of these an epoch draws of each track; ``None`` takes all.
        seed: of the order of training.
        num_workers: of the data loaders; 0 is fastest where the store fits into the page cache.

    Raises:
        UserError: a length, hop, batch size or number of segments that is not positive, a part left without tracks, a
            genre without training tracks, or a view of mel bands that the store does not have.
    """

    def __init__(
        self,
        store: FeatureStore,
        split: Split,
        view: View,
        batch_size: int = 32,
        segment_seconds: float = 3.0,
        hop_seconds: float | None = None,
        segments_per_track: int | None = None,
        seed: int = 0,
        num_workers: int = 0,
    ) -> None:
        super().__init__()
        hop_seconds = segment_seconds if hop_seconds is None else hop_seconds
        for name, value in {
            "batch_size": batch_size,
            "segment_seconds": segment_seconds,
            "hop_seconds": hop_seconds,
            "segments_per_track": 1 if segments_per_track is None else segments_per_track,
        }.items():
            if value <= 0:
                raise UserError(f"{name}={value} must be greater than 0.")
        n_mfcc, n_mels = store.settings.get("n_mfcc"), store.settings.get("n_mels")
        if isinstance(view, LogMels | Blocks) and n_mfcc != n_mels:
            raise UserError(
                f"The store {store.path} has {n_mfcc} MFCCs of {n_mels} mel bands, which give no log-mel spectrogram: "
                "build one with as many MFCCs as mel bands."
            )
        self.store, self.split, self.view = store, split, view
        self.batch_size, self.segments_per_track = batch_size, segments_per_track
        self.seed, self.num_workers = seed, num_workers
        frames_per_second = store.settings["sample_rate"] / store.settings["hop_length"]
        self.segment_frames = max(1, round(segment_seconds * frames_per_second))
        self.hop_frames = max(1, round(hop_seconds * frames_per_second))
        for part, tracks in split.parts.items():
            if len(tracks) and not store.lengths[tracks].any():
                raise UserError(f"split={split.protocol}: every track of the {part} part is broken.")
        if untrained := split.missing_genres("train", store.corpus, store.lengths > 0):
            raise UserError(
                f"split={split.protocol}: every training track of {untrained[0]} is broken (see the log above): mend "
                "them, or leave the genre out with genres=[…]."
            )
        if untested := split.missing_genres("test", store.corpus, store.lengths > 0):
            text = "split %s: no usable test track of %s: the test accuracy says nothing about that"
            log.warning(text, split.protocol, ", ".join(untested))

    @property
    def chooses(self) -> bool:
        """Whether the split has a validation part of its own to choose a checkpoint on."""
        return len(self.split.valid) > 0

    def setup(self, stage: str | None = None) -> None:
        if hasattr(self, "train"):
            return
        self.train = self._dataset(self.split.train, self.hop_frames)
        self.test = self._dataset(self.split.test)
        self.valid = self._dataset(self.split.valid) if self.chooses else self.test

    def _dataset(self, tracks: np.ndarray, hop: int | None = None) -> SegmentDataset:
        hop = self.segment_frames if hop is None else hop
        segments = Segments.of(tracks, self.store.lengths, self.segment_frames, hop)
        return SegmentDataset(self.store, segments, self.view)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one example, without the batch."""
        self.setup()
        return tuple(self.train.fetch(np.array([0])).shape[1:])

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the training tracks' segments, and of no other's, for the standardiser."""
        self.setup()
        data = self.train if self.train.table is not None else self._dataset(self.split.train)
        mean, std = mean_and_std((data[which].x for which in InOrder(data.segments, 256)), self.view.pooled_dims)
        if not (torch.isfinite(mean).all() and torch.isfinite(std).all()):
            frames = self.segment_frames
            raise UserError(f"Segments of {frames} frames have features that are not finite: raise segment_seconds.")
        self.fitted = mean, std
        return mean, std

    def class_weights(self) -> list[float]:
        """For each genre, ``segments / (genres * segments of the genre)``, of the training segments of an epoch.

        scikit-learn calls them balanced: in a classifier's loss, genres weigh alike, however many tracks they have, and
        however long these are.
        """
        self.setup()
        tracks, counts = np.unique(self.train.segments.track, return_counts=True)
        if self.segments_per_track is not None:
            counts = np.minimum(counts, self.segments_per_track)
        y = np.repeat([self.store.corpus.tracks[i].genre for i in tracks], counts)
        return compute_class_weight("balanced", classes=np.array(self.store.corpus.genres), y=y).tolist()

    def state_dict(self) -> dict:
        """Hashes of the data, kept in checkpoints so that training cannot resume on other data."""
        return self.split.digests(self.store.corpus) | dict(
            zip(("mean", "std"), getattr(self, "fitted", ()), strict=False)
        )

    def load_state_dict(self, state_dict: dict) -> None:
        """Compares; there is nothing to load.

        Raises:
            UserError: the music or its split is another one.
        """
        digests = self.split.digests(self.store.corpus)
        different = [what for what, value in digests.items() if state_dict[what] != value]
        for what, value in zip(("mean", "std"), getattr(self, "fitted", ()), strict=False):
            before = state_dict.get(what, value)
            # Other machines differ in the last bits.
            if before.shape != value.shape or not torch.allclose(before, value, rtol=1e-3, atol=1e-3):
                different.append(f"{what} of the training tracks' features")
        if different:
            raise UserError(
                f"This is not the music that training was begun with: {' and '.join(different)} differ. Name that "
                "music with data.root= or data.store=."
            )

    def train_dataloader(self) -> DataLoader:
        overfit = getattr(self.trainer, "overfit_batches", 0)  # Lightning does not declare it
        if overfit:  # the same few batches in every epoch
            return self._loader(self.train, InOrder(self.train.segments, self.batch_size, self._rank_and_size))
        order = EpochOrder(
            self.train.segments, self.batch_size, self.seed, self.segments_per_track, self._rank_and_size
        )
        return self._loader(self.train, order)

    def val_dataloader(self) -> DataLoader:
        return self._loader(self.valid)

    def test_dataloader(self) -> DataLoader:
        return self._loader(self.test)

    def predict_dataloader(self) -> DataLoader:
        """Every track of the corpus, those that the split leaves out too."""
        return self._loader(self._dataset(np.arange(len(self.store.corpus.tracks))))

    @property
    def _rank_and_size(self) -> tuple[int, int]:
        """This process's rank, and the number of processes that share each batch."""
        return SINGLE_PROCESS if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)

    def _loader(self, data: SegmentDataset, order: Sampler | None = None) -> DataLoader:
        order = InOrder(data.segments, 256, self._rank_and_size) if order is None else order
        # A loader draws a number at every start; from the global generator, it would shift a resumed run's dropout.
        own = torch.Generator()
        return DataLoader(data, sampler=order, batch_size=None, num_workers=self.num_workers, generator=own)


def datamodule_of(trainer: Trainer) -> GenreDataModule:
    """The data module that a trainer was given."""
    return trainer.datamodule  # type: ignore[attr-defined]  # Lightning sets it, but does not declare it
