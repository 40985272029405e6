import numpy as np
import pytest

from gtzan.evaluation.similarity import Precision, nearest


def test_the_nearest_tracks_come_first_whatever_the_dimensions_scale():
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(50, 4)) * [1, 1, 1, 1000] + [0, 5, 0, 100]
    (first, similarity), *others = nearest(embeddings[7], embeddings, 5)
    assert first == 7
    assert similarity == pytest.approx(1)
    assert [s for _, s in others] == sorted((s for _, s in others), reverse=True)
    assert len(others) == 4


def test_a_dimension_that_never_varies_says_nothing():
    embeddings = np.array([[1.0, 0, 5], [-1, 0, 5], [0.5, 0, 5]])
    assert [i for i, _ in nearest(np.array([1.0, 3, 9]), embeddings, 2)] == [0, 2]


def test_precision_counts_the_genre_among_ten_tracks_of_other_artists():
    rng = np.random.default_rng(0)
    genres = np.repeat(["jazz", "metal"], 150)
    artists = np.repeat(np.arange(20), 15)
    heard = rng.normal(size=(20, 8))[artists] + 0.01 * rng.normal(size=(300, 8))  # the artist, and no genre
    unfiltered, filtered = (Precision.of(heard, genres, groups) for groups in (np.arange(300), artists))
    assert unfiltered.value == 1
    assert abs(filtered.value - 0.5) < 0.2
    assert filtered.chance == pytest.approx(135 / 285)
    assert Precision.of(heard + 9 * (genres == "jazz")[:, None], genres, artists).value == 1
    assert filtered.most == 1
    assert filtered.queries == 300


def test_what_cannot_be_found_is_said_and_too_few_tracks_give_no_number():
    embeddings, genres = np.random.default_rng(0).normal(size=(12, 3)), ["jazz"] * 6 + ["metal"] * 6
    found = Precision.of(embeddings, genres, range(12))
    assert found.most == pytest.approx(0.5)  # five others of the genre
    assert found.chance == pytest.approx(5 / 11)
    assert (
        Precision.of(embeddings, genres, [0, 0, 0, *range(9)]).queries == 8
    )  # one artist of four tracks has eight others
    assert Precision.of(embeddings[:10], genres[:10], range(10)) is None
    alone = Precision.of(
        np.random.default_rng(0).normal(size=(24, 3)), ["jazz"] * 12 + ["metal"] * 12, ["Ann"] * 12 + ["Bob"] * 12
    )
    assert alone is None  # of Ann's tracks, nobody else's is jazz
