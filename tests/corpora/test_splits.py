from pathlib import Path

import numpy as np
import pytest

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.splits import make_split
from gtzan.errors import UserError

GENRES = ("blues", "jazz", "rock")


def corpus(per_genre: int = 20, artists: int = 8) -> Corpus:
    tracks = tuple(
        Track(f"{g}.{i:03d}", g, Path(f"{g}/{i}.wav"), group=f"{g} {i % artists}")
        for g in GENRES
        for i in range(per_genre)
    )
    return Corpus("test", tracks, Path("."))


@pytest.mark.parametrize("protocol", ["50/50", "70/30", "40/60", "80/20"])
def test_two_parts_hold_their_shares_of_every_genre_and_every_track_once(protocol):
    music = corpus()
    split = make_split(music, protocol)
    assert sorted([*split.train, *split.test]) == list(range(60))
    assert not len(split.valid)
    for genre in GENRES:
        in_train = sum(music.tracks[i].genre == genre for i in split.train)
        assert in_train == 20 * int(protocol[:2]) // 100


def test_a_split_is_the_same_every_time_and_another_with_another_random_state():
    first, again = make_split(corpus(), "70/30"), make_split(corpus(), "70/30")
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, make_split(corpus(), "70/30", random_state=1).test)


@pytest.mark.parametrize(("protocol", "folds"), [("kfold", 10), ("artist", 4)])
def test_every_track_is_held_out_in_exactly_one_fold(protocol, folds):
    splits = [make_split(corpus(), protocol, fold, folds) for fold in range(folds)]
    assert sorted(i for s in splits for i in s.test) == list(range(60))
    assert all(not set(s.train) & set(s.test) for s in splits)


def test_no_artist_stands_on_two_sides_of_an_artist_split_but_does_in_a_random_one():
    music = corpus()
    for fold in range(4):
        assert make_split(music, "artist", fold, folds=4).artist_overlap(music) == 0
    assert make_split(music, "70/30").artist_overlap(music) > 0.5


def test_tracks_of_unknown_artist_are_not_taken_for_one_artist():
    tracks = tuple(Track(f"{g}.{i}", g, Path(f"{g}/{i}.wav")) for g in GENRES for i in range(10))
    split = make_split(Corpus("test", tracks, Path(".")), "artist", folds=5)
    assert len(split.test) == 6


def test_published_folds_are_taken_as_they_are_and_tracks_without_one_are_left_out():
    tracks = tuple(
        Track(f"{g}.{i}", g, Path(f"{g}/{i}.wav"), group="x", published={"artist": i % 3} if i else {})
        for g in GENRES
        for i in range(7)
    )
    split = make_split(Corpus("test", tracks, Path(".")), "artist", fold=1)
    assert {tracks[i].published["artist"] for i in split.test} == {1}
    assert {tracks[i].published["artist"] for i in split.train} == {0, 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"protocol": "70/40"}, "does not add up to 100"),
        ({"protocol": "100/0"}, "does not add up to 100"),
        ({"protocol": "loo"}, "split=loo is not known: choose"),
        ({"protocol": "kfold", "folds": 21}, "folds=21 is more than the 20 tracks of blues"),
        ({"protocol": "kfold", "folds": 1}, "needs at least 2"),
        ({"protocol": "kfold", "fold": 10}, "fold=10 does not exist: split=kfold has folds 0 to 9"),
        ({"protocol": "artist", "folds": 9}, "folds=9 is more than the 8 artists of blues"),
        ({"protocol": "70/30", "fold": 1}, "has no folds"),
        ({"protocol": "fault_filtered"}, "published for GTZAN, not for test"),
    ],
)
def test_a_wrong_split_is_told_in_one_sentence(arguments, message):
    with pytest.raises(UserError, match=message) as told:
        make_split(corpus(), **arguments)
    assert "\n" not in str(told.value)


def test_a_genre_with_one_track_cannot_be_divided():
    tracks = (*corpus().tracks, Track("polka.0", "polka", Path("polka/0.wav")))
    with pytest.raises(UserError, match="polka has the fewest, 1"):
        make_split(Corpus("test", tracks, Path(".")), "70/30")
