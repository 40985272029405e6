import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.data.store import FeatureStore
from gtzan.errors import BrokenAudioError, UserError
from tests.conftest import make_corpus, write_tone


@pytest.fixture
def corpus(tmp_path):
    return make_corpus(tmp_path / "music", tracks_per_genre=2, seconds=0.5)


def test_a_store_holds_what_the_extractor_says_of_each_track(tiny_corpus, tiny_store):
    extractor = FeatureExtractor(n_mfcc=13)
    for i in (0, 5, len(tiny_corpus.tracks) - 1):
        expected = extractor(torch.from_numpy(read_audio(tiny_corpus.tracks[i].path))[None])[0].numpy()
        start = tiny_store.offsets[i]
        np.testing.assert_allclose(
            tiny_store.frames[start : start + tiny_store.lengths[i]], expected, rtol=1e-5, atol=1e-5
        )
    assert isinstance(tiny_store.frames, np.memmap)


def test_the_second_time_nothing_is_extracted(corpus, tmp_path, monkeypatch):
    first = FeatureStore.of(corpus, {}, tmp_path / "cache")
    monkeypatch.setattr(FeatureExtractor, "forward", lambda *_: pytest.fail("extracted again"))
    assert FeatureStore.of(corpus, {}, tmp_path / "cache").path == first.path


def test_other_settings_make_another_store(corpus, tmp_path):
    first, second = (FeatureStore.of(corpus, {"n_mfcc": n}, tmp_path / "cache") for n in (13, 20))
    assert first.path != second.path
    assert second.frames.shape[1] == first.frames.shape[1] + 7


def test_changed_audio_of_the_same_size_is_noticed(corpus, tmp_path):
    before = FeatureStore.of(corpus, {}, tmp_path / "cache")
    write_tone(corpus.tracks[0].path, 2000.0, 0.5, seed=9)
    after = FeatureStore.of(corpus, {}, tmp_path / "cache")
    assert after.path != before.path
    assert not np.allclose(after.frames[:10], before.frames[:10])


@pytest.mark.parametrize("damage", ["flip a byte", "cut off", "garble the manifest", "lose the manifest"])
def test_a_damaged_store_is_noticed_and_built_again(corpus, tmp_path, damage, caplog):
    store = FeatureStore.of(corpus, {}, tmp_path / "cache")
    intact = np.array(store.frames)
    frames, manifest = store.path / "frames.npy", store.path / "store.json"
    if damage == "flip a byte":
        content = bytearray(frames.read_bytes())
        content[-1000] ^= 1
        frames.write_bytes(content)
    elif damage == "cut off":
        frames.write_bytes(frames.read_bytes()[:-4000])
    elif damage == "garble the manifest":
        manifest.write_text(manifest.read_text()[:-20])
    else:
        manifest.unlink()
    with pytest.raises(UserError, match=r"damaged|no feature store"):
        FeatureStore.open(store.path)
    np.testing.assert_array_equal(FeatureStore.of(corpus, {}, tmp_path / "cache").frames, intact)
    assert "built again" in caplog.text


def test_a_broken_file_is_named_and_left_out_or_stops(corpus, tmp_path, caplog):
    broken = corpus.tracks[1]
    broken.path.write_bytes(b"not a sound")
    store = FeatureStore.of(corpus, {}, tmp_path / "cache")
    assert str(broken.path) in caplog.text
    assert list(store.broken) == [broken.name]
    assert store.lengths[1] == 0
    assert (np.delete(store.lengths, 1) > 0).all()
    with pytest.raises(BrokenAudioError, match=str(broken.path)):
        FeatureStore.of(corpus, {}, tmp_path / "cache", on_broken="error")


def test_a_genre_of_broken_files_only_is_an_error(corpus, tmp_path):
    for track in corpus.tracks:
        if track.genre == "bass":
            track.path.write_bytes(b"")
    with pytest.raises(UserError, match="Every file of bass"):
        FeatureStore.of(corpus, {}, tmp_path / "cache")


def test_a_mended_file_is_taken_in(corpus, tmp_path):
    sound = corpus.tracks[1].path.read_bytes()
    corpus.tracks[1].path.write_bytes(b"not a sound")
    assert FeatureStore.of(corpus, {}, tmp_path / "cache").broken
    corpus.tracks[1].path.write_bytes(sound)
    assert not FeatureStore.of(corpus, {}, tmp_path / "cache").broken


def test_a_store_travels_without_the_audio(corpus, tmp_path):
    store = FeatureStore.of(corpus, {}, tmp_path / "cache")
    shutil.copytree(store.path, tmp_path / "elsewhere")
    shutil.rmtree(corpus.root)
    shutil.rmtree(tmp_path / "cache")
    carried = FeatureStore.open(tmp_path / "elsewhere")
    assert [(t.name, t.genre, t.artist, t.group) for t in carried.corpus.tracks] == [
        (t.name, t.genre, t.artist, t.group) for t in corpus.tracks
    ]
    assert carried.corpus.label == corpus.label
    assert len(carried.frames) == carried.lengths.sum() > 0


def test_some_genres_of_a_carried_store_are_those_of_the_whole(corpus, tmp_path):
    corpus.tracks[1].path.write_bytes(b"no audio")
    whole = FeatureStore.open(FeatureStore.of(corpus, {}, tmp_path / "cache").path)
    some = whole.corpus.only(["bass", "treble"])
    store = FeatureStore.open(whole.path, some).checked("skip")
    assert store.corpus == some
    assert list(store.broken) == [corpus.tracks[1].name]
    where = [whole.corpus.tracks.index(track) for track in some.tracks]
    assert store.offsets.tolist() == whole.offsets[where].tolist()
    assert store.lengths.tolist() == whole.lengths[where].tolist()
    other = replace(some, tracks=(replace(some.tracks[0], name="another"), *some.tracks[1:]))
    with pytest.raises(UserError, match="holds no track another"):
        FeatureStore.open(whole.path, other)


def test_a_store_of_many_mfccs_serves_those_who_want_fewer(corpus, tmp_path):
    many, few = (FeatureStore.of(corpus, {"n_mfcc": n}, tmp_path / "cache") for n in (40, 13))
    narrow = many.with_mfccs(13)
    for store in (narrow, pickle.loads(pickle.dumps(narrow))):
        assert store.settings == few.settings
        columns = [s.columns_of(list(s.columns)) for s in (store, few)]
        np.testing.assert_allclose(store.frames[:, columns[0]], few.frames[:, columns[1]], rtol=1e-4, atol=1e-4)
    with pytest.raises(UserError, match=r"features.n_mfcc=41, but the store .* has 40"):
        many.with_mfccs(41)


def test_new_facts_about_the_same_sound_need_no_new_store(corpus, tmp_path, monkeypatch):
    path = FeatureStore.of(corpus, {}, tmp_path / "cache").path
    renamed = replace(corpus, tracks=tuple(replace(t, artist="Somebody else") for t in corpus.tracks))
    store = FeatureStore.of(renamed, {}, tmp_path / "cache")
    assert store.path == path
    assert store.corpus.tracks[0].artist == "Somebody else"
    assert FeatureStore.open(path).corpus.tracks[0].artist != "Somebody else"
    store.save_corpus()  # for those to whom the store is carried
    carried = FeatureStore.open(path)
    assert carried.corpus.tracks == store.corpus.tracks
    np.testing.assert_array_equal(carried.frames, store.frames)
    monkeypatch.setattr("gtzan.data.store.Manifest.write", lambda *_: 1 / 0)
    relative = replace(renamed, root=Path(os.path.relpath(renamed.root)))
    replace(store, corpus=relative).save_corpus()  # nothing has changed, and nothing is written


def test_several_that_want_one_store_do_the_work_once(corpus, tmp_path, monkeypatch):
    extracted = []
    forward = FeatureExtractor.forward
    monkeypatch.setattr(FeatureExtractor, "forward", lambda self, x: extracted.append(1) or forward(self, x))
    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(lambda _: FeatureStore.of(corpus, {}, tmp_path / "cache", jobs=1), range(3)))
    assert len({s.path for s in stores}) == 1
    assert len(extracted) == len(corpus.tracks)


def test_after_kill_9_the_finished_shards_are_kept(tmp_path):
    corpus = make_corpus(tmp_path / "music", tracks_per_genre=16, seconds=0.3)
    program = textwrap.dedent(f"""
        import sys, os, signal
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from pathlib import Path
        import gtzan.data.extraction as extraction
        from tests.conftest import make_corpus
        from gtzan.data.store import FeatureStore
        write = extraction.Shard.write
        def write_and_die(*args):
            write(*args)
            os.kill(os.getpid(), signal.SIGKILL)
        extraction.Shard.write = write_and_die
        FeatureStore.of(make_corpus(Path({str(tmp_path / "music")!r}), 16, 0.3), {{}}, {str(tmp_path / "cache")!r})
    """)
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    partial = next((tmp_path / "cache").glob("*.partial"))
    assert [p.name for p in partial.glob("*.json")] == ["shard-00000.json"]
    first = np.load(partial / "shard-00000.npy")
    (partial / "shard-00001.npy").write_bytes(b"half a file")
    store = FeatureStore.of(corpus, {}, tmp_path / "cache")
    np.testing.assert_array_equal(store.frames[: len(first)], first)
    assert (store.lengths > 0).all()
    assert not list(store.path.glob("shard-*"))


def test_an_old_format_is_refused(tiny_store, tmp_path):
    shutil.copytree(tiny_store.path, tmp_path / "old")
    manifest = json.loads((tmp_path / "old" / "store.json").read_text())
    (tmp_path / "old" / "store.json").write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(UserError, match="format 0"):
        FeatureStore.open(tmp_path / "old")


def test_unknown_features_and_folders_are_told(tiny_store, tmp_path):
    with pytest.raises(UserError, match="Feature mfc is not in the store: choose from mfcc"):
        tiny_store.columns_of(["mfc"])
    with pytest.raises(UserError, match="no feature store"):
        FeatureStore.open(tmp_path)


@pytest.mark.parametrize("name", ["store.json", "frames.npy"])
def test_a_pipe_or_a_device_in_place_of_a_file_is_refused(tiny_store, tmp_path, name):
    for place, make in {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero")}.items():
        shutil.copytree(tiny_store.path, tmp_path / place)
        (tmp_path / place / name).unlink()
        make(tmp_path / place / name)
        with pytest.raises(UserError, match=r"not a regular file|damaged"):
            FeatureStore.open(tmp_path / place)


def test_impossible_settings_leave_no_cache_behind(tiny_corpus, tmp_path):
    with pytest.raises(UserError, match="n_mfcc"):
        FeatureStore.of(tiny_corpus, {"n_mfcc": 0}, tmp_path / "cache")
    assert not list(tmp_path.iterdir())
