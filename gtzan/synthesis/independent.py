"""FAD and KAD: distances from training music in an embedding that took no part in training a generator or its judge."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from gtzan.audio.encoders.musicnn import MusicnnEncoder
from gtzan.synthesis.distances import KernelAudioDistance, frechet
from gtzan.synthesis.reference import Reference

LEAST_SECONDS = 3  # of a passage that MusiCNN hears
WIDTH = 200  # of MusiCNN's penultimate layer, the last of its columns
GROUPS = 20  # of tracks, at most, that the jackknife leaves out in turns
SEED = 0  # of the tracks that are drawn from larger sets

Statistic = Callable[[NDArray], float]  # of the rows of a set that a mask keeps


@dataclass(frozen=True)
class IndependentEmbedding:
    """MusiCNN's embeddings of passages of 3 s, from its penultimate layer.

    Attributes:
        reference: the real tracks, with MusiCNN's embeddings as their features.
        encoder: the same, for waveforms.
    """

    reference: Reference
    encoder: MusicnnEncoder

    def of_tracks(self, tracks: Iterable[int]) -> list[NDArray]:
        """Embeddings ``(passages, 200)`` of each real track's beginning."""
        return [rows[:, -WIDTH:].numpy() for rows in self.reference.frames(tracks, "embedding")]

    def of_waveform(self, waveform: NDArray, sample_rate: int) -> NDArray:
        """Embeddings ``(passages, 200)`` of a waveform ``(samples,)``, as loud as real tracks are."""
        at_its_rate = soxr.resample(waveform, sample_rate, self.encoder.settings["sample_rate"])
        return self.encoder(torch.from_numpy(at_its_rate)[None])[0, :, -WIDTH:].numpy()


@dataclass(frozen=True)
class PassageSet:
    """Embedded tracks.

    Attributes:
        y: ``(tracks,)``, the genre of each.
        passages: embeddings ``(passages, width)`` of each.
    """

    y: NDArray
    passages: Sequence[NDArray]

    def drawn(self, sizes: Mapping[int, int]) -> "PassageSet":
        """So many tracks of each genre, at random where there are more, and always the same ones."""
        rng = np.random.default_rng(SEED)
        kept = [i for genre, n in sizes.items() for i in sorted(rng.permutation(np.flatnonzero(self.y == genre))[:n])]
        return PassageSet(self.y[kept], [self.passages[i] for i in kept])


def distances_from_training(sets: Mapping[str, PassageSet]) -> dict[str, float]:
    """FAD and KAD of all sets but ``train`` from that one, with 95 % intervals.

    All sets are cut to as many tracks of each genre as the smallest has, because FAD shrinks with the number of
    passages: the value of held-out tracks is what generated ones are compared with.

    Intervals are the value ± 1.96 standard errors by the jackknife, which leaves out groups of whole tracks, because
    passages of one track are alike. They speak for other tracks like these, and the same training tracks.

    Returns:
        ``real/fad``, ``real/fad_low``, ``real/fad_high``, ``real/kad`` … of each set. NaN where there are too few.
    """
    others = {name: found for name, found in sets.items() if name != "train"}
    genres = {int(genre) for found in others.values() for genre in found.y}
    sizes = {genre: min(int((found.y == genre).sum()) for found in others.values()) for genre in sorted(genres)}
    training, metrics = _stacked(sets["train"].passages), dict[str, float]()
    for name, found in others.items():
        tracks = found.drawn(sizes)
        rows = _stacked(tracks.passages)
        owner = np.repeat(np.arange(len(tracks.y)), [len(x) for x in tracks.passages])
        for metric, statistic in (("fad", _fad(rows, training)), ("kad", _kad(rows, training))):
            values = dict(zip(("", "_low", "_high"), jackknifed(statistic, owner), strict=True))
            metrics |= {f"{name}/{metric}{end}": value for end, value in values.items()}
    return metrics


def jackknifed(statistic: Statistic, owner: NDArray) -> tuple[float, float, float]:
    """A statistic of all rows, and its 95 % interval by leaving out groups of whole tracks.

    Args:
        statistic: of the rows that a mask ``(rows,)`` keeps.
        owner: ``(rows,)``, the track of each; of 40 tracks and 20 groups, track 3 is in a group with track 23.

    Returns:
        Value, low and high; the latter NaN for fewer than two tracks.
    """
    value, n = statistic(np.ones(len(owner), dtype=bool)), min(GROUPS, int(owner.max(initial=-1)) + 1)
    if n < 2:
        return value, float("nan"), float("nan")
    others = np.array([statistic(owner % n != group) for group in range(n)])
    error = 1.96 * np.sqrt((n - 1) / n * np.square(others - others.mean()).sum())
    return value, value - error, value + error


def _stacked(passages: Sequence[NDArray]) -> NDArray:
    return np.concatenate(passages) if passages else np.empty((0, WIDTH))


def _fad(rows: NDArray, training: NDArray) -> Statistic:
    return lambda kept: frechet(rows[kept], training)


def _kad(rows: NDArray, training: NDArray) -> Statistic:
    return KernelAudioDistance(rows, training)
