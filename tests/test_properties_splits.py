"""Whatever the corpus and the words: a valid division of the tracks, or one sentence that says why there is none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.splits import Split, make_split
from gtzan.errors import UserError

GENRES = st.sets(st.text(min_size=1, max_size=6), min_size=2, max_size=5)


@st.composite
def corpora(draw) -> Corpus:
    """Up to five genres of up to twelve tracks, some of artists that also stand in other genres."""
    artists = st.none() | st.sampled_from(["track", "track 0", *"abcdef"])
    tracks, least = [], draw(st.integers(1, 6))
    for genre in sorted(draw(GENRES)):
        for artist in draw(st.lists(artists, min_size=least, max_size=12)):
            name = f"{genre}.{len(tracks)}"
            tracks.append(Track(name, genre, Path(name), group=artist))
    return Corpus("any", tuple(tracks), Path("."))


def divided(corpus: Corpus, *arguments) -> Split | None:
    """The checked split; ``None`` where a sentence says why there is none."""
    try:
        split = make_split(corpus, *arguments)
    except UserError:
        return None
    check(corpus, split)
    return split


def check(corpus: Corpus, split: Split) -> None:
    """Nobody stands on two sides, and each genre on both."""
    for part in split.parts.values():
        assert np.array_equal(part, np.unique(part))
        assert not len(part) or 0 <= part[0] <= part[-1] < len(corpus.tracks)
    assert len(np.unique(np.concatenate(list(split.parts.values())))) == sum(map(len, split.parts.values()))
    for part in (split.train, split.test):
        assert {corpus.tracks[i].genre for i in part} == set(corpus.genres), split.protocol


@given(corpora(), st.integers(1, 99), st.integers(0, 99))
def test_two_parts_are_stratified_and_of_the_sizes_asked_for(corpus, percent, state):
    arguments = (corpus, f"{100 - percent}/{percent}", 0, None, state)
    if split := divided(*arguments):
        n = len(corpus.tracks)
        assert len(split.train) + len(split.test) == n
        assert abs(len(split.test) - n * percent / 100) < 1
        genres = np.array([track.genre for track in corpus.tracks])
        for genre in corpus.genres:
            share = (genres == genre).sum() * len(split.test) / n
            assert abs((genres[split.test] == genre).sum() - share) < 1
        assert all(map(np.array_equal, split.parts.values(), make_split(*arguments).parts.values()))


@given(corpora(), st.sampled_from(["kfold", "artist"]), st.none() | st.integers(2, 6))
def test_folds_hold_out_each_track_in_turn(corpus, protocol, folds):
    n = folds or {"kfold": 10, "artist": 5}[protocol]
    splits = [split for fold in range(n) if (split := divided(corpus, protocol, fold, folds))]
    for split in splits:
        assert len(split.train) + len(split.test) == len(corpus.tracks)
        if protocol == "artist":
            assert not split.artist_overlap(corpus)
    held_out = np.concatenate([split.test for split in splits]) if splits else np.array([])
    assert len(np.unique(held_out)) == len(held_out)
    assert len(splits) < n or len(held_out) == len(corpus.tracks)


WORDS = st.text(max_size=8) | st.from_regex(r"\d{1,3}/\d{1,3}", fullmatch=True)


@given(corpora(), WORDS | st.sampled_from(["kfold", "artist", "fault_filtered", "predefined"]), st.integers(-3, 12))
def test_any_words_give_a_split_or_a_sentence(corpus, protocol, fold):
    divided(corpus, protocol, fold)


@given(corpora(), st.data())
def test_published_folds_are_kept(corpus, data):
    folds = data.draw(st.lists(st.none() | st.integers(0, 2), min_size=len(corpus.tracks), max_size=len(corpus.tracks)))
    assume({0, 1, 2} <= set(folds))
    published = [{} if fold is None else {"artist": fold} for fold in folds]
    tracks = [replace(track, published=facts) for track, facts in zip(corpus.tracks, published, strict=True)]
    if split := divided(replace(corpus, tracks=tuple(tracks)), "artist", 1):
        assert split.test.tolist() == [i for i, fold in enumerate(folds) if fold == 1]
        assert split.train.tolist() == [i for i, fold in enumerate(folds) if fold in (0, 2)]


def test_a_genre_without_a_held_out_track_is_named():
    tracks = [Track(f"{genre}.{i}", genre, Path("x")) for genre, n in (("few", 2), ("many", 9)) for i in range(n)]
    with pytest.raises(UserError, match=r"split=90/10 leaves few without a held-out track"):
        make_split(Corpus("any", tuple(tracks), Path(".")), "90/10")
