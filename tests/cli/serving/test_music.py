import json

import pytest


def post(ask, path, **asked):
    return ask("POST", path, json.dumps(asked))


def test_the_sample_asked_for_is_made_and_its_rating_kept(ask, music):
    music.run.ratings_file.unlink(missing_ok=True)
    status, answer = post(ask, "/music", genre="bass", number=0)
    assert status == 200
    assert answer["sound"].startswith("data:audio/")
    for stars in (5, 1):
        assert post(ask, "/ratings", genre="bass", number=0, rating=stars) == (200, {})
    kept = [json.loads(line) for line in music.run.ratings_file.read_text().splitlines()]
    assert [line["rating"] for line in kept] == [5, 1]
    assert all(line["genre"] == "bass" and line["number"] == 0 and line["seed"] == 0 for line in kept)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"genre": "../../x"}, "the generator knows bass, middle, treble"),
        ({"genre": None}, "the generator knows bass, middle, treble"),
        ({"number": -1}, "a sample's number is needed"),
        ({"number": 1.5}, "a sample's number is needed"),
        ({"number": True}, "a sample's number is needed"),
        ({"rating": 0}, "a rating from 1 to 5 is needed"),
        ({"rating": 6}, "a rating from 1 to 5 is needed"),
        ({"rating": "5"}, "a rating from 1 to 5 is needed"),
    ],
)
def test_what_is_no_sample_and_no_rating_is_not_kept(ask, music, wrong, message):
    music.run.ratings_file.unlink(missing_ok=True)
    status, answer = post(ask, "/ratings", **{"genre": "bass", "number": 0, "rating": 3} | wrong)
    assert status == 422
    assert message in answer["error"]
    assert not music.run.ratings_file.exists()
