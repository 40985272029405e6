"""Which tracks train, validate and test: every protocol, always by track.

=================  =====================================================================================
``70/30`` …        train/held-out in per cent, stratified by genre, random state 32 (the paper's)
``kfold``          stratified folds; ``fold`` is held out, the others train
``artist``         like ``kfold``, but no artist stands on both sides; on GTZAN the three published folds of
                   Foleiss and Tavares (Applied Soft Computing 89, 2020)
``fault_filtered`` GTZAN's three-part split without repetitions, distortions and shared artists: Kereliuk, Sturm and
                   Larsen (arXiv 1507.04761), 443 / 197 / 290 tracks
=================  =====================================================================================
"""

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from gtzan.corpora.corpus import Corpus
from gtzan.errors import UserError

PROTOCOLS = "50/50, 70/30, 40/60, 80/20 (any two parts that add up to 100), kfold, artist, fault_filtered"
_NOBODY = np.array([], dtype=np.int64)


@dataclass(frozen=True)
class Split:
    """Indices into ``corpus.tracks``, disjoint and sorted; tracks that a protocol leaves out are in no part.

    Attributes:
        protocol: how the parts came about, for logs and tables.
        train: tracks that fit weights and the standardiser.
        valid: tracks that choose the checkpoint; empty in two-part protocols, which choose nothing.
        test: tracks that the headline is measured on.
    """

    protocol: str
    train: np.ndarray
    test: np.ndarray
    valid: np.ndarray = field(default_factory=lambda: _NOBODY)

    @property
    def parts(self) -> dict[str, np.ndarray]:
        return {"train": self.train, "valid": self.valid, "test": self.test}

    @property
    def metric_parts(self) -> dict[str, np.ndarray]:
        """By the names of metrics: ``train``, ``val`` where there is one, ``test``, and ``all`` of them."""
        parts = {"train": self.train, "val": self.valid, "test": self.test}
        parts = {name: tracks for name, tracks in parts.items() if len(tracks)}
        return parts | {"all": np.concatenate(list(parts.values()))}

    def artist_overlap(self, corpus: Corpus) -> float | None:
        """Share of the test tracks with a known artist whose artist also trains; ``None`` where no artist is known."""
        groups = [t.group for t in corpus.tracks]
        known = [groups[i] for i in self.test if groups[i] is not None]
        trained = {groups[i] for i in self.train}
        return sum(g in trained for g in known) / len(known) if known else None


def make_split(
    corpus: Corpus, protocol: str | None = None, fold: int = 0, folds: int | None = None, random_state: int = 32
) -> Split:
    """Divide a corpus; the same arguments give the same parts on any machine.

    Args:
        corpus: the tracks, broken ones included, so that one broken file does not change everybody else's part.
        protocol: see above; ``None`` takes the corpus's own default.
        fold: the fold held out, from 0; only for protocols with folds.
        folds: their number; 10 for ``kfold`` and 5 for ``artist`` unless given. Published folds have theirs.
        random_state: of every random choice; 32 is the paper's.

    Raises:
        UserError: an unknown protocol, parts that do not add up, a fold that does not exist, too few tracks or artists
            for every genre to stand in both parts, or a published protocol on a corpus that it was not published for.
    """
    protocol = str(protocol if protocol is not None else corpus.default_split)
    split = _divide(corpus, protocol, fold, folds, random_state)
    for part, name in ((split.train, "training"), (split.test, "held-out")):
        if missing := sorted(set(corpus.genres) - {corpus.tracks[i].genre for i in part}):
            raise UserError(
                f"split={split.protocol} leaves {missing[0]} without a {name} track: every genre must stand in both "
                f"parts. Choose another split or fold, add tracks of {missing[0]}, or leave it out with genres=[...]."
            )
    return split


def _divide(corpus: Corpus, protocol: str, fold: int, folds: int | None, random_state: int) -> Split:
    genres = np.array([t.genre for t in corpus.tracks])
    smallest, n_smallest = min(Counter(genres.tolist()).items(), key=lambda item: item[1])

    if ratio := re.fullmatch(r"(\d+)/(\d+)", protocol):
        _no_fold(protocol, fold, folds)
        share = int(ratio[2])
        if int(ratio[1]) + share != 100 or share in (0, 100):
            raise UserError(f"split={protocol} does not add up to 100 with two parts: try split=70/30.")
        return _two_parts(protocol, genres, share / 100, random_state, smallest)
    if protocol == "kfold":
        folds = _checked(protocol, fold, 10 if folds is None else folds)
        if folds > n_smallest:
            raise UserError(
                f"folds={folds} is more than the {n_smallest} tracks of {smallest}: try folds={n_smallest}."
            )
        from sklearn.model_selection import StratifiedKFold

        splitter = StratifiedKFold(folds, shuffle=True, random_state=random_state)
        train, test = list(splitter.split(genres, genres))[fold]
        return Split(f"kfold fold={fold} folds={folds}", train, test)
    if protocol == "artist":
        return _by_artist(corpus, genres, fold, folds, random_state)
    if protocol == "fault_filtered":
        _no_fold(protocol, fold, folds)
        parts = _published(corpus, "fault_filtered")
        train, valid, test = (np.flatnonzero(parts == part) for part in ("train", "valid", "test"))
        if not (len(train) and len(valid) and len(test)):
            raise UserError(
                f"split=fault_filtered is published for GTZAN, not for {corpus.name}: try split={corpus.default_split}."
            )
        return Split("fault_filtered", train, test, valid)
    raise UserError(f"split={protocol} is not known: choose {PROTOCOLS}.")


def _two_parts(protocol: str, genres: np.ndarray, share: float, random_state: int, smallest: str) -> Split:
    from sklearn.model_selection import train_test_split

    try:
        train, test = train_test_split(
            np.arange(len(genres)), test_size=share, stratify=genres, random_state=random_state
        )
    except ValueError as error:
        raise UserError(
            f"split={protocol} needs more tracks ({smallest} has the fewest, {np.sum(genres == smallest)}): "
            f"every genre must stand in both parts."
        ) from error
    return Split(protocol, np.sort(train), np.sort(test))


def _by_artist(corpus: Corpus, genres: np.ndarray, fold: int, folds: int | None, random_state: int) -> Split:
    published = _published(corpus, "artist")
    found = {int(f) for f in published if f is not None}
    if found:
        if folds not in (None, len(found)):
            raise UserError(f"folds={folds}: {corpus.name} has {len(found)} published artist folds; leave folds out.")
        _checked("artist", fold, len(found))
        inside = np.array([f is not None for f in published])
        held_out = np.array([f == fold for f in published])
        name = f"artist fold={fold}, as published"
        return Split(name, np.flatnonzero(inside & ~held_out), np.flatnonzero(held_out))

    folds = _checked("artist", fold, 5 if folds is None else folds)
    # A track of unknown artist is its own group: nothing is known that would tie it to another.
    groups = np.array([f"artist {t.group}" if t.group is not None else f"track {t.name}" for t in corpus.tracks])
    for genre in corpus.genres:
        artists = len(set(groups[genres == genre]))
        if artists < folds:
            raise UserError(
                f"folds={folds} is more than the {artists} artists of {genre}: try folds={max(2, artists)}."
            )
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=random_state)
    train, test = list(splitter.split(genres, genres, groups))[fold]
    return Split(f"artist fold={fold} folds={folds}", train, test)


def _published(corpus: Corpus, protocol: str) -> np.ndarray:
    return np.array([t.published.get(protocol) for t in corpus.tracks], dtype=object)


def _checked(protocol: str, fold: int, folds: int) -> int:
    if folds < 2:
        raise UserError(f"folds={folds}: split={protocol} needs at least 2.")
    if not 0 <= fold < folds:
        raise UserError(f"fold={fold} does not exist: split={protocol} has folds 0 to {folds - 1}.")
    return folds


def _no_fold(protocol: str, fold: int, folds: int | None) -> None:
    if fold != 0 or folds is not None:
        raise UserError(
            f"split={protocol} has no folds: leave fold and folds out, or choose split=kfold or split=artist."
        )
