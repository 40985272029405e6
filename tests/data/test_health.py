from dataclasses import replace

import numpy as np
import pytest

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.gtzan import gtzan_table
from gtzan.corpora.splits import Split
from gtzan.data.health import findings


def findings_by_name(store, split, overlap=0.0) -> dict:
    return {finding.what: finding for finding in findings(store, split, overlap)}


@pytest.fixture
def halves(tiny_corpus) -> Split:
    n = len(tiny_corpus.tracks)
    return Split("halves", np.arange(0, n, 2), np.arange(1, n, 2))


def test_sound_data_are_called_so(tiny_store, halves):
    found = findings_by_name(with_recordings(tiny_store), halves)
    assert set(found) == {"broken", "duplicate", "artists"}
    assert all(finding.good for finding in found.values())


def test_broken_files_and_shared_artists_are_named(tiny_store, halves):
    store = replace(tiny_store, broken={"bass.00000": "an empty file"})
    found = findings_by_name(store, halves, overlap=0.61)
    assert not found["broken"].good
    assert "bass.00000 (an empty file)" in found["broken"].sentence
    assert "61.0%" in found["artists"].sentence
    assert findings_by_name(store, halves, overlap=None)["artists"].good is None


def with_recordings(store, *recordings):
    """The store, its first tracks of these recordings, the others each of its own."""
    names = [*recordings, *(track.name for track in store.corpus.tracks)][: len(store.corpus.tracks)]
    tracks = (replace(t, recording=name) for t, name in zip(store.corpus.tracks, names, strict=True))
    return replace(store, corpus=replace(store.corpus, tracks=tuple(tracks)))


def test_recordings_that_are_there_twice_are_found_and_whether_they_are_in_two_parts(tiny_store, halves):
    assert findings_by_name(with_recordings(tiny_store), halves)["duplicate"].good
    store = with_recordings(tiny_store, "same", "same")
    found = findings_by_name(store, halves)["duplicate"]
    assert not found.good
    assert "bass.00000 = bass.00001" in found.sentence
    assert "1 of them in several parts" in found.sentence
    together = Split("together", np.arange(0, 8), np.arange(8, 24))
    assert findings_by_name(store, together)["duplicate"].good


def test_where_nobody_has_listened_nothing_is_claimed_of_doubles(tiny_store, halves):
    assert findings_by_name(tiny_store, halves)["duplicate"].good is None


def test_of_gtzan_what_is_missing_and_its_known_faults(tiny_store, tmp_path):
    names = [name for name, row in gtzan_table().items() if row["genre"] in ("blues", "jazz") and name != "jazz.00054"]
    tracks = tuple(Track(name, name.split(".")[0], tmp_path / f"{name}.wav") for name in names)
    store = replace(tiny_store, corpus=Corpus("GTZAN", tracks, tmp_path))
    everything = Split("50/50", np.arange(0, 199, 2), np.arange(1, 199, 2))
    found = findings_by_name(store, everything)
    assert found["missing"].sentence == "1 of GTZAN’s 200 tracks: jazz.00054"
    assert "split=fault_filtered leaves them out" in found["known faults"].sentence
    some = Split("fault_filtered", np.arange(50), np.arange(50, 100))
    assert findings_by_name(store, some)["left out"].sentence.startswith("99 of 199 tracks")
    composed = replace(store, corpus=replace(store.corpus, synthetic=True))
    assert "missing" not in findings_by_name(composed, everything)
