"""The example of leakage shows what it claims: a net that knows tracks seems to know genres."""

import numpy as np
import pytest
import torch

from gtzan.errors import UserError
from gtzan.evaluation.leakage import Measured, measure_leakage
from gtzan.models.nets.lda import Lda

GENRES, ARTISTS, TRACKS, SEGMENTS = 3, 6, 2, 5  # of each genre, artist and track


@pytest.fixture(scope="module")
def segments():
    """Segments that tell their track, and their artist a little, and nothing of their genre."""
    rng = np.random.default_rng(0)
    artist = np.repeat(np.arange(GENRES * ARTISTS), TRACKS * SEGMENTS)
    track = np.repeat(np.arange(GENRES * ARTISTS * TRACKS), SEGMENTS)
    places = rng.normal(size=(artist.max() + 1, 40))[artist] + rng.normal(size=(track.max() + 1, 40))[track]
    x = places + 0.3 * rng.normal(size=places.shape)
    return torch.from_numpy(x).float(), torch.from_numpy(artist // ARTISTS), torch.from_numpy(track), artist


def test_segments_of_one_track_on_both_sides_make_a_net_look_good(segments):
    x, y, track, artist = segments
    groups = {"segment": np.arange(len(x)), "track": track.numpy(), "artist": artist}
    measured = measure_leakage(x, y, track, groups, lambda features, genres: Lda([features], genres))
    assert list(measured) == list(groups)
    assert measured["segment"].segments > 0.9
    assert measured["segment"].segments > measured["track"].segments > measured["artist"].segments
    assert measured["artist"].tracks < 0.5
    assert all(m.n == len(x) and m.n_tracks == GENRES * ARTISTS * TRACKS for m in measured.values())


def test_too_few_groups_are_refused(segments):
    x, y, track, artist = segments
    with pytest.raises(UserError, match="artist: a genre has 6 groups only, too few for 7 parts"):
        measure_leakage(x, y, track, {"artist": artist}, lambda *shape: Lda([shape[0]], shape[1]), folds=7)


def test_the_interval_is_that_of_tracks():
    measured = Measured(right=90, n=100, right_tracks=8, n_tracks=10)
    low, high = measured.interval
    assert (measured.segments, measured.tracks) == (0.9, 0.8)
    assert low < 0.6 < 0.9 < high  # of ten tracks, not of a hundred segments
