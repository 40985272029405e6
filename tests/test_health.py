import shutil
from dataclasses import replace

import numpy as np
import pytest

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.gtzan import gtzan_table
from gtzan.corpora.splits import Split
from gtzan.health import findings


def told(store, split, tmp_path, overlap=0.0) -> dict:
    return {finding.what: finding for finding in findings(store, split, tmp_path, overlap)}


@pytest.fixture
def halves(tiny_corpus) -> Split:
    n = len(tiny_corpus.tracks)
    return Split("halves", np.arange(0, n, 2), np.arange(1, n, 2))


def test_sound_data_are_called_so(tiny_store, halves, tmp_path):
    found = told(tiny_store, halves, tmp_path)
    assert set(found) == {"broken", "duplicate", "artists"}
    assert all(finding.good for finding in found.values())


def test_broken_files_and_shared_artists_are_named(tiny_store, halves, tmp_path):
    store = replace(tiny_store, broken={"bass.00000": "an empty file"})
    found = told(store, halves, tmp_path, overlap=0.61)
    assert not found["broken"].good
    assert "bass.00000 (an empty file)" in found["broken"].told
    assert "61.0%" in found["artists"].told
    assert told(store, halves, tmp_path, overlap=None)["artists"].good is None


def test_equal_files_are_found_and_whether_they_are_on_both_sides(tiny_store, halves, tmp_path):
    tracks = list(tiny_store.corpus.tracks)
    copy = tmp_path / "copy.wav"
    shutil.copy(tracks[0].path, copy)
    tracks[1] = replace(tracks[1], path=copy)
    store = replace(tiny_store, corpus=replace(tiny_store.corpus, tracks=tuple(tracks)))
    found = told(store, halves, tmp_path)["duplicate"]
    assert not found.good
    assert "bass.00000 = bass.00001" in found.told
    assert "of 1 of them, one copy trains and another is held out" in found.told
    together = Split("together", np.arange(0, 8), np.arange(8, 24))
    assert told(store, together, tmp_path)["duplicate"].good


def test_without_the_audio_nothing_is_claimed_of_doubles(tiny_store, halves, tmp_path):
    tracks = tuple(replace(track, path=tmp_path / track.path.name) for track in tiny_store.corpus.tracks)
    store = replace(tiny_store, corpus=replace(tiny_store.corpus, tracks=tracks))
    assert told(store, halves, tmp_path)["duplicate"].good is None


def test_of_gtzan_what_is_missing_and_its_known_faults(tiny_store, tmp_path):
    names = [name for name, row in gtzan_table().items() if row["genre"] in ("blues", "jazz") and name != "jazz.00054"]
    tracks = tuple(Track(name, name.split(".")[0], tmp_path / f"{name}.wav") for name in names)
    store = replace(tiny_store, corpus=Corpus("GTZAN", tracks, tmp_path))
    everything = Split("50/50", np.arange(0, 199, 2), np.arange(1, 199, 2))
    found = told(store, everything, tmp_path)
    assert found["missing"].told == "1 of GTZAN’s 200 tracks: jazz.00054"
    assert "split=fault_filtered leaves them out" in found["known faults"].told
    some = Split("fault_filtered", np.arange(50), np.arange(50, 100))
    assert told(store, some, tmp_path)["left out"].told.startswith("99 of 199 tracks")
    composed = replace(store, corpus=replace(store.corpus, synthetic=True))
    assert "missing" not in told(composed, everything, tmp_path)
