"""Split protocols: which tracks train, validate and test.

=================  =====================================================================================
``70/30`` …        train/held-out in per cent, stratified by genre, random state 32 (the paper's)
``kfold``          stratified folds; ``fold`` is held out, the others train
``artist``         like ``kfold``, but no artist is on both sides; on GTZAN the three published folds of
                   Foleiss and Tavares (Applied Soft Computing 89, 2020)
``fault_filtered`` GTZAN's three-part split without repetitions, distortions and shared artists: Kereliuk, Sturm and
                   Larsen (arXiv 1507.04761), 443 / 197 / 290 tracks
``predefined``     the parts that the corpus comes with: column ``split`` of a table, or FMA's own
=================  =====================================================================================

Tracks that are the same recording are in one part of all but the published and predefined protocols.
"""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.groups import artists_of, members_of, recordings_of
from gtzan.errors import UserError

PROTOCOLS = "50/50, 70/30, 40/60, 80/20 (any two parts that add up to 100), kfold, artist, fault_filtered, predefined"
FOLDS, ARTIST_FOLDS = 10, 5  # of kfold, and of artist where none are published
_NO_TRACKS = np.array([], dtype=np.int64)


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
    valid: np.ndarray = field(default_factory=lambda: _NO_TRACKS)

    @property
    def parts(self) -> dict[str, np.ndarray]:
        return {"train": self.train, "valid": self.valid, "test": self.test}

    @property
    def metric_parts(self) -> dict[str, np.ndarray]:
        """By the names of metrics: ``train``, ``val`` where there is one, ``test``, and ``all`` of them."""
        parts = {"train": self.train, "val": self.valid, "test": self.test}
        parts = {name: tracks for name, tracks in parts.items() if len(tracks)}
        return parts | {"all": np.concatenate(list(parts.values()))}

    def digests(self, corpus: Corpus) -> dict[str, str]:
        """Hashes of the tracks' names and genres, and of the parts: equal ones mean the same tracks in each part."""
        values = {
            "tracks and genres": [(track.name, track.genre) for track in corpus.tracks],
            "split": {name: tracks.tolist() for name, tracks in self.parts.items()},
        }
        return {what: sha256(json.dumps(value).encode()).hexdigest() for what, value in values.items()}

    def artist_overlap(self, corpus: Corpus) -> float | None:
        """Share of the test tracks with a known artist whose artist also trains; ``None`` where no artist is known."""
        groups = [t.group for t in corpus.tracks]
        known = [groups[i] for i in self.test if groups[i] is not None]
        trained = {groups[i] for i in self.train}
        return sum(g in trained for g in known) / len(known) if known else None

    def shared_recordings(self, corpus: Corpus) -> list[list[int]]:
        """Tracks that are the same recording but in several parts, which happens in published protocols."""
        parts = np.full(len(corpus.tracks), -1)
        for number, tracks in enumerate(self.parts.values()):
            parts[tracks] = number
        same = defaultdict(list)
        for i, track in enumerate(corpus.tracks):
            if track.recording is not None and parts[i] >= 0:
                same[track.recording].append(i)
        return [members for members in same.values() if len({parts[i] for i in members}) > 1]

    def missing_genres(self, part: str, corpus: Corpus, usable: np.ndarray | None = None) -> list[str]:
        """Genres that have no track in a part, or none of those that are ``usable``, ``(tracks,)``, boolean."""
        there = {corpus.tracks[i].genre for i in self.parts[part] if usable is None or usable[i]}
        return [genre for genre in corpus.genres if genre not in there]


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
        UserError: an unknown protocol, parts that do not add up, a fold that does not exist, artists that are not
            known, too few tracks or artists for every genre to stand in both parts, or a published protocol on a
            corpus that it was not published for.
    """
    protocol = str(protocol if protocol is not None else corpus.default_split)
    split = _divide(corpus, protocol, fold, folds, random_state)
    for part, name in (("train", "training"), ("test", "held-out")):
        if missing := split.missing_genres(part, corpus):
            raise UserError(
                f"split={split.protocol} leaves {missing[0]} without a {name} track: every genre must stand in both "
                f"parts. Choose another split or fold, add tracks of {missing[0]}, or leave it out with genres=[...]."
            )
    return split


def _divide(corpus: Corpus, protocol: str, fold: int, folds: int | None, random_state: int) -> Split:
    check_protocol(protocol, fold, folds)
    if "/" in protocol:
        return _two_parts(corpus, protocol, int(protocol.partition("/")[2]) / 100, random_state)
    if protocol == "kfold":
        return _in_folds(corpus, protocol, fold, FOLDS if folds is None else folds, random_state)
    if protocol == "artist":
        return _by_artist(corpus, fold, folds, random_state)
    parts = _published(corpus, protocol)
    train, valid, test = (np.flatnonzero(parts == part) for part in ("train", "valid", "test"))
    if protocol == "fault_filtered" and not (len(train) and len(valid) and len(test)):
        raise UserError(
            f"split=fault_filtered is published for GTZAN, not for {corpus.name}: try split={corpus.default_split}."
        )
    if not (len(train) and len(test)):
        missing = "test" if len(train) else "training"
        raise UserError(
            f"split=predefined: {corpus.name} names no {missing} tracks: give its table a column split, with train, "
            "valid and test, or choose another split."
        )
    return Split(protocol, train, test, valid)


def check_protocol(protocol: str, fold: int, folds: int | None) -> None:
    """Check what can be known of a split before there is a corpus.

    Raises:
        UserError: an unknown protocol, parts that do not add up, or folds where there are none.
    """
    if ratio := re.fullmatch(r"(\d+)/(\d+)", protocol, re.ASCII):
        _no_fold(protocol, fold, folds)
        if int(ratio[1]) + int(ratio[2]) != 100 or "100" in ratio.groups():
            raise UserError(f"split={protocol} does not add up to 100 with two parts: try split=70/30.")
    elif protocol in ("fault_filtered", "predefined"):
        _no_fold(protocol, fold, folds)
    elif protocol in ("kfold", "artist"):
        if folds is not None:
            _checked(protocol, fold, folds)
    else:
        raise UserError(f"split={protocol} is not known: choose {PROTOCOLS}.")


def _two_parts(corpus: Corpus, protocol: str, share: float, random_state: int) -> Split:
    genres, groups = _genres(corpus), recordings_of(corpus.tracks)
    smallest, n_smallest = _smallest(genres, groups)
    problem = (
        f"split={protocol} needs more tracks ({smallest} has the fewest, {n_smallest}): every genre must stand in both "
        "parts."
    )
    if n_smallest < 2:
        raise UserError(problem)
    from sklearn.model_selection import train_test_split  # slow: mistakes come first

    try:
        _, test = train_test_split(np.arange(len(genres)), test_size=share, stratify=genres, random_state=random_state)
    except ValueError as error:
        raise UserError(problem) from error
    held_out = np.isin(np.arange(len(genres)), test)
    if len(set(groups)) < len(groups):
        held_out = _in_one_part(held_out, groups, genres, random_state)
    return Split(protocol, np.flatnonzero(~held_out), np.flatnonzero(held_out))


def _in_one_part(held_out: np.ndarray, groups: np.ndarray, genres: np.ndarray, random_state: int) -> np.ndarray:
    """Parts that divide no group: each is where its first track was, and other groups change places for it.

    So the parts differ from scikit-learn's by a few tracks only, and hold as much of each genre wherever they can.
    """
    rng = np.random.default_rng(random_state)
    together = held_out[groups]  # a group has the number of its first track
    members = members_of(groups)
    for genre in np.unique(genres):
        inside = genres == genre
        there = rng.permutation(np.unique(groups[inside]))
        own = [members[group] for group in there if inside[members[group]].all()]
        missing = int(held_out[inside].sum() - together[inside].sum())
        for tracks in own:
            if len(tracks) <= abs(missing) and together[tracks[0]] == (missing < 0):
                together[tracks] = missing > 0
                missing -= len(tracks) if missing > 0 else -len(tracks)
        if len(set(together[inside])) == 1 and own and len(there) > 1:
            tracks = min(own, key=len)
            together[tracks] = ~together[tracks]
    return together


def _in_folds(corpus: Corpus, protocol: str, fold: int, folds: int, random_state: int) -> Split:
    folds = _checked(protocol, fold, folds)
    genres, groups = _genres(corpus), recordings_of(corpus.tracks)
    _check_enough(folds, *_smallest(genres, groups), "track")
    from sklearn.model_selection import StratifiedKFold  # slow: mistakes come first

    firsts = np.unique(groups)  # the first track of each recording, which the others follow
    splitter = StratifiedKFold(folds, shuffle=True, random_state=random_state)
    _, held_out = list(splitter.split(firsts, genres[firsts]))[fold]
    inside = np.isin(groups, firsts[held_out])
    return Split(f"kfold fold={fold} folds={folds}", np.flatnonzero(~inside), np.flatnonzero(inside))


def _by_artist(corpus: Corpus, fold: int, folds: int | None, random_state: int) -> Split:
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

    folds = _checked("artist", fold, ARTIST_FOLDS if folds is None else folds)
    unknown = sum(t.group is None for t in corpus.tracks)
    if unknown == len(corpus.tracks):
        raise UserError(
            f"split=artist: the artists of {corpus.name} are not known: take them from folders (<genre>/<artist>/…) "
            "with data.groups=folders, from the files' tags with data.groups=tags, or from a table with the columns "
            "track,artist with data.groups=FILE."
        )
    genres, groups = _genres(corpus), artists_of(corpus.tracks)
    _check_enough(folds, *_smallest(genres, groups), "artist")
    from sklearn.model_selection import StratifiedGroupKFold

    # A track of unknown artist is its own group: nothing is known that would tie it to another.
    names = np.array([f"artist {t.group}" if t.group is not None else f"track {t.name}" for t in corpus.tracks])
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=random_state)
    train, test = list(splitter.split(genres, genres, names[groups]))[fold]
    note = f", {unknown} of {len(corpus.tracks)} artists unknown" if unknown else ""
    return Split(f"artist fold={fold} folds={folds}{note}", train, test)


def _genres(corpus: Corpus) -> np.ndarray:
    return np.array([t.genre for t in corpus.tracks])


def _smallest(genres: np.ndarray, groups: np.ndarray) -> tuple[str, int]:
    """The genre with the fewest groups, and how many it has."""
    counts = Counter(genre for genre, _ in set(zip(genres.tolist(), groups.tolist(), strict=True)))
    return min(sorted(counts.items()), key=lambda item: item[1])


def _published(corpus: Corpus, protocol: str) -> np.ndarray:
    return np.array([t.published.get(protocol) for t in corpus.tracks], dtype=object)


def _checked(protocol: str, fold: int, folds: int) -> int:
    if folds < 2:
        raise UserError(f"folds={folds}: split={protocol} needs at least 2.")
    if not 0 <= fold < folds:
        raise UserError(f"fold={fold} does not exist: split={protocol} has folds 0 to {folds - 1}.")
    return folds


def _check_enough(folds: int, genre: str, n: int, what: str) -> None:
    """Every genre has to be in every fold."""
    if n < 2:
        raise UserError(
            f"{genre} has one {what} only, but needs one to train on and one to hold out: add others, or leave it out "
            "with genres=[…]."
        )
    if n < folds:
        raise UserError(f"folds={folds} is more than the {n} {what}s of {genre}: try folds={n}.")


def _no_fold(protocol: str, fold: int, folds: int | None) -> None:
    if fold != 0 or folds is not None:
        raise UserError(
            f"split={protocol} has no folds: leave fold and folds out, or choose split=kfold or split=artist."
        )
