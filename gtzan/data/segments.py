"""Cut tracks into segments, and order them in batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch.utils.data import Sampler, SequentialSampler

SINGLE_PROCESS = (0, 1)  # rank and number of processes


@dataclass(frozen=True)
class Segments:
    """Where segments of one length start.

    Attributes:
        track: ``(segments,)``, index of each one's track.
        start: ``(segments,)``, first frame within the track.
        length: frames in each.
    """

    track: np.ndarray
    start: np.ndarray
    length: int

    @classmethod
    def of(cls, tracks: np.ndarray, lengths: np.ndarray, length: int, hop: int) -> "Segments":
        """Segments every ``hop`` frames of each track, as many as fit; one, repeated to fill it, of a shorter track.

        Args:
            tracks: the tracks to cut.
            lengths: frames of every track of the corpus; a track of 0 frames (broken) gives none.
            length, hop: in frames.
        """
        tracks = tracks[lengths[tracks] > 0]
        counts = np.maximum((lengths[tracks] - length) // hop + 1, 1)
        start = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return cls(np.repeat(tracks, counts), start * hop, length)

    def __len__(self) -> int:
        return len(self.track)

    def rows(self, which: np.ndarray, offsets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Row numbers ``(len(which), length)`` into a store's frames; past its end, a short track starts again."""
        track, start = self.track[which, None], self.start[which, None]
        return offsets[track] + (start + np.arange(self.length)) % lengths[track]


class EpochOrder(Sampler[np.ndarray]):
    """Batches of segment numbers, shuffled; a function of (seed, epoch) alone, not of workers, resuming or history.

    Args:
        segments: what to order.
        batch_size: segments in a batch; the last one may be smaller.
        seed: of the order.
        per_track: how many segments of each track an epoch draws, afresh each epoch; ``None`` takes all.
        rank_and_size: this process's rank, and how many processes share each batch. They take equally many segments of
            it, so that the mean of their gradients is the batch's. A last batch that cannot be divided equally goes to
            every process, with the segments masked that another one counts in its metrics.
    """

    def __init__(
        self,
        segments: Segments,
        batch_size: int,
        seed: int,
        per_track: int | None = None,
        rank_and_size: tuple[int, int] = SINGLE_PROCESS,
    ) -> None:
        self.segments, self.batch_size, self.seed, self.per_track = segments, batch_size, seed, per_track
        self.rank_and_size = rank_and_size
        self.epoch = 0
        counts = np.unique(segments.track, return_counts=True)[1]
        self.total = int(counts.sum() if per_track is None else np.minimum(counts, per_track).sum())

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.total // self.batch_size)

    def __iter__(self) -> Iterator[np.ndarray]:
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(len(self.segments))
        if self.per_track is not None:
            # The first few of each track in a random order are a random few of it.
            track = self.segments.track[order]
            by_track = np.argsort(track, kind="stable")
            _, first, counts = np.unique(track[by_track], return_index=True, return_counts=True)
            position = np.empty(len(order), dtype=np.int64)
            position[by_track] = np.arange(len(order)) - np.repeat(first, counts)
            order = order[position < self.per_track]
        rank, processes = self.rank_and_size
        for i in range(0, len(order), self.batch_size):
            batch = order[i : i + self.batch_size]
            yield _counted_by(batch, self.rank_and_size) if len(batch) % processes else batch[rank::processes]


class InOrder(SequentialSampler):
    """Batches of segment numbers from the first to the last, for evaluation and for Lightning's ``overfit_batches``.

    Args:
        segments: what to order.
        batch_size: segments in a batch; the last one may be smaller.
        rank_and_size: this process's rank, and how many processes share the segments. Each of them takes all of fewer
            segments than processes, because one without any would not wait for the others; the segments that the
            others count in their metrics are masked.
    """

    def __init__(self, segments: Segments, batch_size: int, rank_and_size: tuple[int, int] = SINGLE_PROCESS) -> None:
        self.batch_size, everything = batch_size, np.arange(len(segments))
        rank, processes = rank_and_size
        few = 0 < len(segments) < processes
        self.which = _counted_by(everything, rank_and_size) if few else np.array_split(everything, processes)[rank]

    def __len__(self) -> int:
        return -(-len(self.which) // self.batch_size)

    # A SequentialSampler, because Lightning replaces any other where every epoch repeats the same batches.
    def __iter__(self) -> Iterator[np.ndarray]:  # type: ignore[override]  # an item is a batch, not one number
        yield from (self.which[i : i + self.batch_size] for i in range(0, len(self.which), self.batch_size))


def _counted_by(batch: np.ndarray, rank_and_size: tuple[int, int]) -> np.ma.MaskedArray:
    """A batch that every process has, masked where it is another's to count."""
    rank, processes = rank_and_size
    return np.ma.masked_array(batch, mask=np.arange(len(batch)) % processes != rank)
