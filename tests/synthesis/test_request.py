"""What somebody may ask for."""

import pytest
from omegaconf import OmegaConf

from gtzan.errors import UserError
from gtzan.synthesis.request import Request

KNOWN = ("blues", "classical", "jazz", "metal", "pop")


@pytest.mark.parametrize(
    ("genre", "expected"),
    [
        ("jazz", ["jazz"]),
        (["pop", "jazz", "pop"], ["pop", "jazz"]),
        ("all", list(KNOWN)),
        (None, ["classical", "pop", "metal", "blues"]),
    ],
)
def test_genres_may_be_one_some_all_or_the_papers(genre, expected):
    cfg = OmegaConf.create({"genre": genre, "n": 2, "seconds": 3, "seed": 0, "temperature": 1})
    assert Request.of(cfg).genres_of(KNOWN) == expected


def test_genres_may_be_named_like_numbers_and_constants():
    cfg = OmegaConf.create({"genre": [1980, None, True, 1e3], "n": 2, "seconds": 3, "seed": 0, "temperature": 1})
    assert Request.of(cfg).genres_of(("1980", "1e3", "True", "null")) == ["1980", "null", "True", "1e3"]


def test_where_the_papers_genres_are_not_all_there_every_genre_is_made():
    assert Request().genres_of(("folk", "pop")) == ["folk", "pop"]


def test_an_unknown_genre_lists_the_known_ones():
    with pytest.raises(UserError, match=r"genre=polka is unknown: choose from blues, classical.*or all"):
        Request(("jazz", "polka")).genres_of(KNOWN)
