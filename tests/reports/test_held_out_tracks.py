import base64

import numpy as np
import pytest

from gtzan.audio.files import read_segment
from gtzan.errors import BrokenAudioError
from gtzan.evaluation.explanation import explain
from gtzan.models.predictor import Predictor
from gtzan.reports import held_out_tracks as module
from gtzan.reports.held_out_tracks import held_out_tracks
from gtzan.reports.mfcc_thumbnails import BYTES, Thumbnails
from tests.conftest import RATE
from tests.evaluation.test_mistakes import results_of

# Tracks 0–7 are bass (0), 8–15 middle (1), 16–23 treble (2); odd ones are tested.
WRONG = {1: (2, 5.0), 3: (2, 4.0), 9: (0, 2.0)}


def test_every_held_out_track_is_told_and_of_mistakes_how_they_look_and_sound(tiny_store):
    told = held_out_tracks(results_of(tiny_store, WRONG), tiny_store, 0.5)
    assert len(told["tracks"]) == 12
    assert told["genres"] == ["bass", "middle", "treble"]
    wrong, right = told["tracks"][:3], told["tracks"][3:]
    assert {(track["name"], track["predicted"]) for track in wrong} == {
        ("bass.00001", 2),
        ("bass.00003", 2),
        ("middle.00001", 0),
    }
    for track in wrong:
        assert track["start"] == 0.5
        assert track["sound"].startswith("data:audio/")
        columns, rest = divmod(len(base64.b64decode(track["picture"])), told["rows"])
        assert 0 < columns <= told["columns"]
        assert rest == 0
        assert track["artist"].startswith("The ")
    assert all("sound" not in track and track["truth"] == track["predicted"] for track in right)
    assert all(sum(track["p"]) == pytest.approx(1000, abs=2) for track in told["tracks"])
    assert told["unlisted"] == told["undrawn"] == told["silent"] == 0


def test_without_a_mistake_there_is_nothing_to_draw(tiny_store):
    told = held_out_tracks(results_of(tiny_store, {}), tiny_store, 0.5)
    assert "means" not in told
    assert told["undrawn"] == 0


def test_where_there_is_too_much_the_most_confident_mistakes_come_first_and_the_rest_is_counted(
    tiny_store, monkeypatch
):
    monkeypatch.setattr(module, "MOST_PICTURES", 2)
    monkeypatch.setattr(module, "MOST_SOUNDS", 1)
    monkeypatch.setattr(module, "MOST_NUMBERS", 15)
    told = held_out_tracks(results_of(tiny_store, WRONG), tiny_store, 0.5)
    assert (told["unlisted"], told["undrawn"], told["silent"]) == (7, 1, 1)
    assert [track["name"] for track in told["tracks"] if "sound" in track] == ["bass.00001"]


def test_where_the_audio_is_gone_it_is_silent(tiny_store, monkeypatch):
    def gone(path, *_):
        raise BrokenAudioError(path, "no such file")

    monkeypatch.setattr(module, "read_segment", gone)
    told = held_out_tracks(results_of(tiny_store, WRONG), tiny_store, 0.5)
    assert told["silent"] == 3
    assert all("sound" not in track for track in told["tracks"])


def test_the_first_mistakes_are_explained_where_their_audio_is_there(tiny_store, tiny_run, monkeypatch):
    monkeypatch.setattr(module, "MOST_EXPLAINED", 2)
    results, predictor = results_of(tiny_store, WRONG), Predictor.load(tiny_run / "checkpoints" / "last.ckpt")
    explained = [t for t in held_out_tracks(results, tiny_store, 0.5, predictor)["tracks"] if "evidence" in t]
    assert [track["name"] for track in explained] == ["bass.00001", "middle.00001"]
    path = tiny_store.corpus.tracks[1].path
    segment = read_segment(path, 0.5, predictor.length * predictor.hop / RATE, RATE)
    expected = explain(predictor, segment, "treble")
    evidence = explained[0]["evidence"]
    np.testing.assert_allclose(evidence["cells"], expected.cells, atol=0.006)
    assert evidence["seconds"] == [0.5, 1.0]
    assert len(evidence["hertz"]) == 9

    def gone(path, *_):
        raise BrokenAudioError(path, "no such file")

    monkeypatch.setattr(module, "read_segment", gone)
    told = held_out_tracks(results, tiny_store, 0.5, predictor)
    assert not any("evidence" in track for track in told["tracks"])


def test_a_thumbnail_is_small_and_says_what_is_more_than_the_mean(tiny_store):
    train = np.arange(0, 24, 2)
    thumbnails = Thumbnails(tiny_store, train)
    bass, middle, treble = (np.frombuffer(base64.b64decode(p), np.uint8) for p in thumbnails.of_genres())
    assert len(bass) == thumbnails.rows * thumbnails.columns <= BYTES
    second = [picture.reshape(-1, thumbnails.rows)[:, 1].mean() for picture in (bass, middle, treble)]
    assert max(second) > 127.5 > min(second)
    assert len(thumbnails.of_track(1)) > 0
    assert Thumbnails(tiny_store, np.array([0, 2, 8, 10])).of_genres()[2] is None
