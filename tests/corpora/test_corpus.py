from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from gtzan.corpora.corpus import Corpus, Track
from gtzan.errors import UserError

GENRES = ("01", "1.10", "1980", "1990", "1e3", "False", "nan", "null", "pop", "true")


def corpus() -> Corpus:
    return Corpus("test", tuple(Track(genre, genre, Path(genre)) for genre in GENRES), Path("."))


def typed(text: str):
    """What the configuration holds after ``genres=…`` on the command line."""
    value = OverridesParser.create().parse_override(f"genres={text}").value()
    return OmegaConf.create({"genres": value}).genres


@pytest.mark.parametrize("genre", GENRES)
def test_any_genre_can_be_typed(genre):
    other = "pop" if genre != "pop" else "1980"
    assert set(corpus().only(typed(f"[{genre},{other}]")).genres) == {genre, other}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1980,1985]", r"genres=1985: test has no such genre: choose from 01, 1\.10"),
        ("[pop,rock]", "genres=rock"),
        ("5", "genres=5"),
        ("1980", "at least two"),
        ("[]", "at least two"),
    ],
)
def test_a_genre_that_is_not_there_is_refused(text, message):
    with pytest.raises(UserError, match=message):
        corpus().only(typed(text))
