"""A part of the training tracks, for learning curves."""

from dataclasses import replace

import numpy as np

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.groups import artists_of, members_of
from gtzan.corpora.splits import Split


def with_train_share(split: Split, corpus: Corpus, share: float, seed: int) -> Split:
    """The split with a share of its training tracks, and all of its other tracks.

    Each genre keeps at most that share of its tracks, but one artist at least. Artists and repeated recordings are kept
    or left out as a whole.

    Args:
        split: of the corpus.
        corpus: the tracks; those of unknown artist count as artists of their own.
        share: above 0, up to 1, which keeps all.
        seed: of the choice.
    """
    if share >= 1:
        return split
    genre = np.unique([track.genre for track in corpus.tracks], return_inverse=True)[1]
    groups = artists_of(corpus.tracks)[split.train]
    found = members_of(groups)
    members = [split.train[found[group]] for group in np.random.default_rng(seed).permutation(np.unique(groups))]

    def count(tracks: np.ndarray) -> np.ndarray:
        return np.bincount(genre[tracks], minlength=genre.max() + 1)

    chosen, room = [split.train[:0]], share * count(split.train) + 1e-9  # 0.29 · 100 is less than 29 in floats
    for tracks in members:
        if (count(tracks) <= room).all():
            chosen.append(tracks)
            room -= count(tracks)
    kept = np.concatenate(chosen)
    for missing in np.flatnonzero((count(kept) == 0) & (count(split.train) > 0)):
        kept = np.union1d(kept, min((tracks for tracks in members if missing in genre[tracks]), key=len))
    return replace(split, protocol=f"{split.protocol}, train_share={share:g}", train=np.sort(kept))
