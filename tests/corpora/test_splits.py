from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.gtzan import _track, gtzan_table
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
    known, *others = (Track(f"{g}.{i}", g, Path(f"{g}/{i}.wav")) for g in GENRES for i in range(10))
    split = make_split(Corpus("test", (replace(known, group="Ann"), *others), Path(".")), "artist", folds=5)
    assert len(split.test) == 6
    assert split.protocol == "artist fold=0 folds=5, 29 of 30 artists unknown"


def test_an_artist_split_without_artists_is_refused_with_the_ways_to_name_them():
    tracks = tuple(Track(f"{g}.{i}", g, Path(f"{g}/{i}.wav")) for g in GENRES for i in range(10))
    with pytest.raises(UserError, match=r"data\.groups=folders.*data\.groups=tags.*data\.groups=FILE"):
        make_split(Corpus("test", tracks, Path(".")), "artist")


@pytest.mark.parametrize("protocol", ["50/50", "80/20", "kfold", "artist"])
def test_a_recording_that_is_there_twice_stands_in_one_part(protocol):
    music = corpus()
    same = {0: 1, 2: 3, 4: 45, 6: 7, 20: 21, 22: 41}  # two of them across genres
    first = {copy: original for original, copy in same.items()}
    tracks = [replace(t, recording=music.tracks[first.get(i, i)].name) for i, t in enumerate(music.tracks)]
    music = replace(music, tracks=tuple(tracks))
    for fold in range(4 if protocol in ("kfold", "artist") else 1):
        split = make_split(music, protocol, fold, 4 if protocol in ("kfold", "artist") else None)
        assert not split.shared_recordings(music)
        assert split.artist_overlap(music) == 0 or protocol != "artist"
        assert sorted([*split.train, *split.test]) == list(range(60))
        if "/" in protocol:  # the shares are kept, and few tracks change places
            genres = Counter(music.tracks[i].genre for i in split.train)
            assert set(genres.values()) == {20 * int(protocol[:2]) // 100}
            assert len(set(split.test) ^ set(make_split(corpus(), protocol).test)) <= 4 * len(same)


def test_a_genre_of_one_recording_cannot_be_divided():
    polka = [Track(f"polka.{i}", "polka", Path("x"), recording="polka.0") for i in range(5)]
    with pytest.raises(UserError, match="polka has the fewest, 1"):
        make_split(replace(corpus(), tracks=(*corpus().tracks, *polka)), "50/50")


def test_two_recordings_of_a_genre_are_divided_however_often_they_are_there():
    polka = [Track(f"polka.{i}", "polka", Path("x"), recording=f"polka.{i % 2}") for i in range(4)]
    music = replace(corpus(), tracks=(*corpus().tracks, *polka))
    for state in range(10):
        assert not make_split(music, "80/20", random_state=state).shared_recordings(music)


def test_published_splits_are_kept_and_say_what_they_share():
    tracks = tuple(
        Track(f"{g}.{i}", g, Path("x"), published={"artist": i % 3}, recording="same" if i < 2 else f"{g}.{i}")
        for g in GENRES
        for i in range(6)
    )
    music = Corpus("test", tracks, Path("."))
    assert make_split(music, "artist", fold=0).shared_recordings(music) == [[0, 1, 6, 7, 12, 13]]


def test_gtzans_equal_files_stand_in_one_part_of_random_splits():
    tracks = tuple(_track(row, Path("x")) for row in gtzan_table().values())
    music = Corpus("GTZAN", tracks, Path("."))
    assert len(tracks) - len({track.recording for track in tracks}) == 14
    for protocol in ("50/50", "70/30", "kfold"):
        split = make_split(music, protocol)
        assert not split.shared_recordings(music)
        genres = Counter(tracks[i].genre for i in split.test)
        assert set(genres.values()) <= ({9, 10, 11} if protocol == "kfold" else {int(protocol[3:])})


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
        ({"protocol": "artist", "folds": 3, "artists": 1}, "blues has one artist only, but needs one to train on"),
        ({"protocol": "kfold", "per_genre": 1}, "blues has one track only, but needs one to train on"),
        ({"protocol": "70/30", "fold": 1}, "has no folds"),
        ({"protocol": "fault_filtered"}, "published for GTZAN, not for test"),
        ({"protocol": "predefined"}, "split=predefined: test names no training tracks"),
        ({"protocol": "predefined", "fold": 1}, "has no folds"),
    ],
)
def test_a_wrong_split_is_told_in_one_sentence(arguments, message):
    sizes = {name: value for name, value in arguments.items() if name in ("per_genre", "artists")}
    arguments = {name: value for name, value in arguments.items() if name not in sizes}
    with pytest.raises(UserError, match=message) as told:
        make_split(corpus(**sizes), **arguments)
    assert "\n" not in str(told.value)


def test_a_genre_with_one_track_cannot_be_divided():
    tracks = (*corpus().tracks, Track("polka.0", "polka", Path("polka/0.wav")))
    with pytest.raises(UserError, match="polka has the fewest, 1"):
        make_split(Corpus("test", tracks, Path(".")), "70/30")
