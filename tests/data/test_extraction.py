import errno
import json
from functools import partial

import numpy as np
import pytest

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import stream_audio
from gtzan.audio.streaming import features_of_stream
from gtzan.data import extraction
from gtzan.data.store import FeatureStore
from gtzan.errors import UnreachableAudioError, UserError
from tests.conftest import make_corpus


@pytest.fixture
def corpus(tmp_path):
    return make_corpus(tmp_path / "music", tracks_per_genre=2, seconds=0.2)


@pytest.fixture(autouse=True)
def small_and_impatient(monkeypatch):
    monkeypatch.setattr("gtzan.audio.retry.PAUSES", (0.0, 0.0))
    monkeypatch.setattr(extraction, "SHARD", 2)


class Unreachable:
    """The third track's disk, which fails the first ``times`` times."""

    def __init__(self, corpus, times: int) -> None:
        self.path, self.times = corpus.tracks[4].path, times

    def __call__(self, path, *arguments):
        if path == self.path and self.times:
            self.times -= 1
            raise UnreachableAudioError(path, "input/output error")
        return stream_audio(path, *arguments)


def test_music_that_is_away_for_a_moment_is_not_broken(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "stream_audio", Unreachable(corpus, 2))
    assert not FeatureStore.of(corpus, {}, tmp_path / "cache").broken


def test_music_that_stays_away_stops_and_nothing_is_lost(corpus, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "stream_audio", Unreachable(corpus, 99))
        with pytest.raises(UserError, match=r"cannot be read \(input/output error\).*same command goes on"):
            FeatureStore.of(corpus, {}, tmp_path / "cache")
    assert len(list(tmp_path.glob("cache/*.partial/shard-*.json"))) == 2
    assert not FeatureStore.of(corpus, {}, tmp_path / "cache").broken


def test_what_only_seems_broken_is_read_again(corpus, tmp_path, monkeypatch):
    """A decoder takes an error of the disk for one of the file; reading the file without it tells them apart."""
    corpus.tracks[0].path.write_bytes(b"no audio")

    def failing(path):
        raise UnreachableAudioError(path, "stale file handle")

    monkeypatch.setattr(extraction, "check_readable", failing)
    with pytest.raises(UserError, match="stale file handle"):
        FeatureStore.of(corpus, {}, tmp_path / "cache")


def full_disk(monkeypatch, times: int):
    """A disk that is full at every write of frames after the first ``times``."""
    write, writes = extraction.write_frames, []

    def failing(*arguments):
        writes.append(1)
        if len(writes) > times:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(*arguments)

    monkeypatch.setattr(extraction, "write_frames", failing)
    monkeypatch.setattr("gtzan.data.store.write_frames", failing)


@pytest.mark.parametrize("times", [0, 2, 3])
def test_a_full_disk_is_one_sentence_and_the_same_command_completes_it(corpus, tmp_path, monkeypatch, times):
    with monkeypatch.context() as patch:
        full_disk(patch, times)
        with pytest.raises(UserError, match=r"\(no space left on device\): make room"):
            FeatureStore.of(corpus, {}, tmp_path / "cache")
    (partial_store,) = tmp_path.glob("cache/*.partial")
    assert len(list(partial_store.glob("shard-*.json"))) == times
    assert not list(partial_store.glob(".*"))
    assert len(FeatureStore.of(corpus, {}, tmp_path / "cache").frames)


def test_a_damaged_shard_is_made_again(corpus, tmp_path, monkeypatch, caplog):
    expected = np.array(FeatureStore.of(corpus, {}, tmp_path / "whole").frames)
    with monkeypatch.context() as patch:
        full_disk(patch, 3)
        with pytest.raises(UserError):
            FeatureStore.of(corpus, {}, tmp_path / "cache")
    (partial_store,) = tmp_path.glob("cache/*.partial")
    frames = partial_store / "shard-00000.npy"
    content = bytearray(frames.read_bytes())
    content[500] ^= 1
    frames.write_bytes(content)
    facts = partial_store / "shard-00001.json"
    facts.write_text(facts.read_text().replace("9", "8"))
    (partial_store / "shard-00002.json").write_text(json.dumps({"lengths": [1]}))
    np.testing.assert_array_equal(FeatureStore.of(corpus, {}, tmp_path / "cache").frames, expected)
    assert "made again" in caplog.text


def test_a_long_file_is_mapped_and_equal(corpus, tmp_path, monkeypatch):
    expected = np.array(FeatureStore.of(corpus, {}, tmp_path / "whole").frames)
    pieces = partial(features_of_stream, whole=0, piece=3 * 1025)
    monkeypatch.setattr(extraction, "features_of_stream", pieces)
    features = extraction.extract_features(corpus.tracks[0].path, FeatureExtractor(), tmp_path)
    assert isinstance(features, np.memmap)
    found = FeatureStore.of(corpus, {}, tmp_path / "streamed").frames
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_a_cache_that_may_only_be_read_serves(corpus, tmp_path, monkeypatch):
    path = FeatureStore.of(corpus, {}, tmp_path / "cache").path

    def failing(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    for writer in (
        "gtzan.data.store.FileLock",
        "gtzan.corpora.fingerprints.write_atomically",
        "gtzan.files.replace_atomically",
    ):
        monkeypatch.setattr(writer, failing)
    (tmp_path / "cache" / "fingerprints.json").unlink()
    assert FeatureStore.of(corpus, {}, tmp_path / "cache").path == path
    with pytest.raises(UserError, match="read-only file system"):
        FeatureStore.of(corpus, {"n_mfcc": 5}, tmp_path / "cache")
