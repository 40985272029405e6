"""What somebody may ask for."""

import pytest
from omegaconf import OmegaConf

from gtzan.errors import UserError
from gtzan.synthesis.request import Request

ASKED = {"genre": None, "n": 2, "seconds": 3, "seed": 0, "temperature": 1, "strength": 0.5}
ASKED |= {"blend": None, "like": None, "continue": None}
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
    assert Request.of(OmegaConf.create(ASKED | {"genre": genre})).genres_of(KNOWN) == expected


def test_genres_may_be_named_like_numbers_and_constants():
    cfg = OmegaConf.create(ASKED | {"genre": [1980, None, True, 1e3]})
    assert Request.of(cfg).genres_of(("1980", "1e3", "True", "null")) == ["1980", "null", "True", "1e3"]


def test_where_the_papers_genres_are_not_all_there_every_genre_is_made():
    assert Request().genres_of(("folk", "pop")) == ["folk", "pop"]


def test_an_unknown_genre_lists_the_known_ones():
    with pytest.raises(UserError, match=r"genre=polka is unknown: choose from blues, classical.*or all"):
        Request(("jazz", "polka")).genres_of(KNOWN)


def test_a_blend_has_shares_that_sum_to_one_and_counts_as_its_first_genre():
    request = Request.of(OmegaConf.create(ASKED | {"blend": {"metal": 3, "jazz": 1, "pop": 0}}))
    assert request.genres_of(KNOWN) == ["metal"]
    assert request.shares("metal", KNOWN) == [0, 0, 0.25, 0.75, 0]
    assert Request(("pop",)).shares("pop", KNOWN) == [0, 0, 0, 0, 1]
    with pytest.raises(UserError, match="blend has polka, which is unknown: choose from blues, "):
        Request(("jazz",), blend=(("jazz", 0.5), ("polka", 0.5))).shares("jazz", KNOWN)


def test_what_samples_are_made_of_is_named_as_far_as_it_is_used():
    def material(**keys):
        return Request.of(OmegaConf.create(ASKED | keys)).material

    assert material() == {}
    assert material(like="a/song.mp3", strength=0.0) == {"like": "a/song.mp3", "strength": "0.0"}
    assert material(**{"continue": "song.mp3"}) == {"continue": "song.mp3"}
    assert material(blend={"jazz": 2, "metal": 1}) == {"blend": "jazz: 0.667, metal: 0.333"}
