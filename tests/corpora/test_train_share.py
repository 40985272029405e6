from pathlib import Path

import numpy as np
import pytest

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.splits import Split, make_split
from gtzan.corpora.train_share import with_train_share


def corpus(artists_per_genre: int = 20) -> Corpus:
    """Artists of one to three tracks; the second genre has one of its own who made most of it."""
    tracks = []
    for genre in ("blues", "reggae"):
        for artist in range(artists_per_genre):
            size = 40 if (genre, artist) == ("reggae", 0) else artist % 3 + 1
            names = [f"{genre}.{artist}.{i}" for i in range(size)]
            tracks += [Track(name, genre, Path(name), group=f"{genre} {artist}") for name in names]
    return Corpus("some songs", tuple(tracks), Path("."))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_each_genre_keeps_its_share_and_artists_stay_whole(share, seed):
    songs = corpus()
    split = make_split(songs, "artist", folds=4)
    part = with_train_share(split, songs, share, seed)
    assert set(part.train) < set(split.train)
    for genre in songs.genres:
        before, after = (sum(songs.tracks[i].genre == genre for i in one.train) for one in (split, part))
        assert 0 < after <= share * before
        assert genre == "reggae" or after > share * before - 3
    artists = {songs.tracks[i].group for i in part.train}
    assert {i for i in split.train if songs.tracks[i].group in artists} == set(part.train)
    np.testing.assert_array_equal(part.test, split.test)
    assert part.protocol == f"{split.protocol}, train_share={share}"


def test_a_share_that_floats_round_down_keeps_all_its_tracks():
    """0.29 · 100 is 28.999…."""
    tracks = tuple(Track(f"{g}{i}", g, Path(f"{g}{i}.wav")) for g in ("blues", "reggae") for i in range(100))
    split = Split("all", np.arange(200), np.array([], dtype=int))
    kept = {share: len(with_train_share(split, Corpus("x", tracks, Path()), share, 0).train) for share in (0.29, 0.57)}
    assert kept == {0.29: 58, 0.57: 114}


def test_it_is_a_function_of_the_seed():
    songs = corpus()
    split = make_split(songs, "50/50")
    first, again, other = (with_train_share(split, songs, 0.25, seed).train.tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_the_smallest_share_leaves_every_genre_an_artist_and_the_whole_leaves_all():
    songs = corpus(4)
    split = Split("all", np.arange(len(songs.tracks)), np.array([], dtype=int))
    part = with_train_share(split, songs, 1e-6, 0)
    assert [songs.tracks[i].genre for i in part.train] == ["blues", "reggae"]
    assert with_train_share(split, songs, 1, 0) is split
