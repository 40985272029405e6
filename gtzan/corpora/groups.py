"""Tracks that belong together: the same recording, or the same artist."""

from collections.abc import Iterable, Sequence

import numpy as np

from gtzan.corpora.corpus import Track


def recordings_of(tracks: Sequence[Track]) -> np.ndarray:
    """For each track, the number of the first one that is the same recording; ``(tracks,)``."""
    return _sharing([track.recording for track in tracks])


def artists_of(tracks: Sequence[Track]) -> np.ndarray:
    """For each track, the number of the first one by the same artist or of the same recording; ``(tracks,)``.

    Tracks are connected through others, too. Unknown artists are not taken for one.
    """
    return _sharing([track.group for track in tracks], [track.recording for track in tracks])


def members_of(groups: np.ndarray) -> dict[int, np.ndarray]:
    """The indices of each group's tracks, ascending."""
    order = np.argsort(groups, kind="stable")
    numbers, first = np.unique(groups[order], return_index=True)
    return {int(n): order[a:b] for n, a, b in zip(numbers, first, [*first[1:], len(order)], strict=False)}


def connected(count: int, pairs: Iterable[tuple[int, int]]) -> np.ndarray:
    """For each of ``count`` items, the number of the first one that pairs connect it with, directly or through others.

    scipy's ``connected_components`` does the same, but takes a quarter of a second to import, which every run would.
    """
    number = list(range(count))

    def first(i: int) -> int:
        while number[i] != i:
            number[i] = number[number[i]]  # halves the way, so that long chains take no quadratic time
            i = number[i]
        return i

    for pair in pairs:
        a, b = sorted(map(first, pair))
        number[b] = a
    return np.array([first(i) for i in range(count)], dtype=int)


def _sharing(*keys: Sequence[str | None]) -> np.ndarray:
    """For each item, the number of the first one that it shares a key with, directly or through others."""
    pairs = []
    for values in keys:
        seen: dict[str, int] = {}
        pairs += [(seen.setdefault(value, i), i) for i, value in enumerate(values) if value is not None]
    return connected(len(keys[0]), pairs)
