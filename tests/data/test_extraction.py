import errno
import json
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from filelock import FileLock

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
    monkeypatch.setattr(extraction, "POLL", 0.02)


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
        with pytest.raises(UserError, match=r"\(no space left on device\).* make room"):
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


class Extracting:
    """``extract_features``, which notes what it extracts after calling ``before`` with the extractor."""

    def __init__(self, monkeypatch, before) -> None:
        self.names, self.before, self.real = [], before, extraction.extract_features
        monkeypatch.setattr(extraction, "extract_features", self)

    def __call__(self, path, extractor, folder):
        self.before(extractor)
        self.names.append(path.name)
        return self.real(path, extractor, folder)


def wait_until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


OTHER = """
import sys, time
from pathlib import Path
from gtzan.data import extraction
from gtzan.data.store import FeatureStore
from tests.conftest import make_corpus

folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
real = extraction.extract_features

def slowly(path, *arguments):
    with open(folder / "other", "a") as file:
        print(path.name, file=file)
    time.sleep(seconds)
    return real(path, *arguments)

extraction.SHARD, extraction.POLL, extraction.extract_features = 2, 0.02, slowly
corpus = make_corpus(folder / "music", 4, 0.2)
(folder / "ready").touch()
while not (folder / "go").exists():
    time.sleep(0.01)
FeatureStore.of(corpus, {}, folder / "cache", jobs=1)
"""


@pytest.fixture
def other(tmp_path):
    """Starts another process that wants the features of twelve tracks, each of which takes it some seconds."""
    processes = []

    def start(seconds: float) -> subprocess.Popen:
        words = [sys.executable, "-c", textwrap.dedent(OTHER), str(tmp_path), str(seconds)]
        processes.append(subprocess.Popen(words, cwd=Path(__file__).parents[2]))
        wait_until((tmp_path / "ready").exists)
        return processes[0]

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_two_processes_share_the_work_and_nothing_is_done_twice(tmp_path, monkeypatch, other):
    process = other(0.05)
    corpus = make_corpus(tmp_path / "music", 4, 0.2)
    whole = FeatureStore.of(corpus, {}, tmp_path / "whole").path
    mine = Extracting(monkeypatch, lambda extractor: time.sleep(0.05))
    (tmp_path / "go").touch()
    wait_until((tmp_path / "other").exists)
    store = FeatureStore.of(corpus, {}, tmp_path / "cache", jobs=1).path
    assert process.wait(60) == 0
    theirs = (tmp_path / "other").read_text().split()
    assert mine.names
    assert sorted(mine.names + theirs) == sorted(track.path.name for track in corpus.tracks)
    assert {file.name: file.read_bytes() for file in store.iterdir()} == {
        file.name: file.read_bytes() for file in whole.iterdir()
    }
    assert not list(tmp_path.glob("cache/*.partial"))


def test_after_kill_9_of_one_of_two_the_other_finishes(tmp_path, caplog, other):
    process = other(600)
    corpus = make_corpus(tmp_path / "music", 4, 0.2)
    expected = np.array(FeatureStore.of(corpus, {}, tmp_path / "whole").frames)
    (tmp_path / "go").touch()
    wait_until((tmp_path / "other").exists)
    caplog.set_level("INFO")
    with ThreadPoolExecutor(1) as pool:
        store = pool.submit(FeatureStore.of, corpus, {}, tmp_path / "cache", jobs=1)
        wait_until(lambda: len(list(tmp_path.glob("cache/*.partial/shard-*.json"))) >= 4)
        assert not store.done()
        process.kill()
        np.testing.assert_array_equal(store.result(60).frames, expected)
    assert caplog.text.count("Other processes are extracting") == 1


@pytest.fixture
def late(corpus, tmp_path, monkeypatch, caplog):
    """One that extracts, as slowly as an event says, and one that comes when nothing is left to take."""
    monkeypatch.setattr(extraction, "SHARD", 3)
    caplog.set_level("INFO")
    go_on, extractors = Event(), []

    def hold(extractor):
        extractors.append(extractor)
        go_on.wait(60)

    def start(before):
        extracting = Extracting(monkeypatch, lambda extractor: (hold(extractor), before(extractor is extractors[0])))
        first = pool.submit(FeatureStore.of, corpus, {}, tmp_path / "cache", jobs=2)
        wait_until(lambda: len(list(tmp_path.glob("cache/*.partial/shard-*.lock"))) == 2)
        second = pool.submit(FeatureStore.of, corpus, {}, tmp_path / "cache", jobs=2)
        wait_until(lambda: "Other processes are extracting 6 of 6 tracks" in caplog.text)
        go_on.set()
        return extracting, first, second

    with ThreadPoolExecutor(2) as pool:
        yield start
        go_on.set()


def test_who_comes_when_all_is_being_done_waits_and_opens_the_store(corpus, late):
    extracting, first, second = late(lambda is_first: None)
    assert first.result(60).path == second.result(60).path
    assert sorted(extracting.names) == sorted(track.path.name for track in corpus.tracks)
    assert {file.name for file in second.result().path.iterdir()} == {"frames.npy", "store.json"}


def test_who_waits_for_one_that_fails_goes_on_alone(corpus, late):
    def full(is_first):
        if is_first:
            raise OSError(errno.ENOSPC, "No space left on device")

    extracting, first, second = late(full)
    assert len(second.result(60).corpus.tracks) == len(extracting.names) == 6
    with pytest.raises(UserError, match="no space left"):
        first.result(60)


def test_who_looks_on_while_another_joins_the_shards_leaves_nothing_behind(corpus, tmp_path):
    gone = tmp_path / "gone.partial"
    extraction.Extraction(corpus, FeatureExtractor(), gone, FileLock(tmp_path / "gone.lock")).help()
    assert not gone.exists()


def test_the_next_shard_is_taken_late_so_that_others_find_work(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "SHARD", 4)
    locks = []
    Extracting(monkeypatch, lambda _: locks.append(len(list(tmp_path.glob("cache/*.partial/shard-*.lock")))))
    FeatureStore.of(corpus, {}, tmp_path / "cache", jobs=1)
    assert locks[:2] == [1, 1]
    assert locks[-2:] == [2, 2]
