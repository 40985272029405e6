import shutil

import numpy as np
import pytest
import soundfile

from gtzan.audio.files import audio_info
from gtzan.corpora.folder import folder_corpus
from gtzan.corpora.recordings import Recording, same_recordings, with_recordings
from gtzan.errors import UnreachableAudioError, UserError

RATE = 22050


def song(seed: int, seconds: float = 8.0, rate: int = RATE) -> np.ndarray:
    """Four notes a second, in noise."""
    rng = np.random.default_rng(seed)
    n = rate // 4
    notes = [np.sin(2 * np.pi * rng.uniform(200, 2000) * np.arange(n) / rate) for _ in range(round(4 * seconds))]
    levels = rng.uniform(0.05, 0.5, len(notes))
    return np.concatenate(notes) * np.repeat(levels, n) + rng.normal(0, 0.002, n * len(notes))


def write(path, samples, rate=RATE, **format):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, **format)
    return path


ENCODINGS = {
    "flac": lambda path: write(path / "a.flac", song(0)),
    "another name and tag": lambda path: write(path / "b.aiff", song(0)),
    "mp3": lambda path: write(path / "a.mp3", song(0)),
    "ogg": lambda path: write(path / "a.ogg", song(0)),
    "stereo, quieter": lambda path: write(path / "a.wav", 0.3 * np.stack([song(0), song(0)], axis=1)),
    "8 bits": lambda path: write(path / "a.wav", song(0), subtype="PCM_U8"),
    "half of the rate": lambda path: write(path / "a.wav", song(0)[::2], RATE // 2),
    "an excerpt": lambda path: write(path / "a.wav", song(0)[: 6 * RATE]),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_other_encodings_of_a_recording_are_the_same_one_and_other_songs_are_not(tmp_path, encoding):
    paths = [write(tmp_path / "original.wav", song(0)), *(write(tmp_path / f"{i}.wav", song(i)) for i in (1, 2, 3))]
    paths.append(ENCODINGS[encoding](tmp_path / "copy"))
    assert same_recordings(map(Recording.of, paths)) == [[0, 4], [1], [2], [3]]


def test_short_and_steady_sounds_are_told_apart_by_their_samples(tmp_path):
    tone = [np.sin(np.arange(8 * RATE) * f) * 0.5 for f in (0.1, 0.11)]
    sounds = [song(0, 1), song(0, 1), song(1, 1), *tone, np.zeros(8 * RATE), np.zeros(7 * RATE)]
    paths = [write(tmp_path / f"{i}.wav", sound) for i, sound in enumerate(sounds)]
    assert same_recordings(map(Recording.of, paths)) == [[0, 1], [2], [3], [4], [5], [6]]


@pytest.fixture
def music(tmp_path):
    for i in range(3):
        write(tmp_path / "music" / "ab"[i % 2] / f"{i}.wav", song(i))
    write(tmp_path / "music" / "b" / "copy.flac", song(0))
    (tmp_path / "music" / "b" / "broken.wav").write_bytes(b"no audio")
    return tmp_path / "music"


def test_a_corpus_knows_its_recordings_and_each_file_is_decoded_but_once(music, tmp_path, monkeypatch, caplog):
    corpus = with_recordings(folder_corpus(music), tmp_path / "cache")
    recordings = {track.name: track.recording for track in corpus.tracks}
    assert recordings == {"0": "0", "1": "1", "2": "2", "broken": "broken", "copy": "0"}
    assert "0.wav" in caplog.text
    assert "copy.flac" in caplog.text

    (music / "b" / "broken.wav").unlink()
    monkeypatch.setattr("gtzan.corpora.recordings.read_segment", lambda *_: pytest.fail("decoded again"))
    shutil.move(music, tmp_path / "moved")
    again = with_recordings(folder_corpus(tmp_path / "moved"), tmp_path / "cache")
    assert [t.recording for t in again.tracks] == ["0", "1", "2", "0"]


@pytest.mark.parametrize("memory", ["", "[]", "{}", '{"version": 1, "recordings": [1]}', '{"version": 1}'])
def test_a_damaged_memory_is_made_anew(music, tmp_path, memory):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "recordings.json").write_text(memory)
    assert with_recordings(folder_corpus(music), tmp_path / "cache").tracks[-1].recording == "0"


def test_without_the_audio_nothing_is_claimed(music, tmp_path):
    corpus = folder_corpus(music)
    shutil.rmtree(music)
    assert with_recordings(corpus, tmp_path / "cache") == corpus


@pytest.mark.parametrize("times", [1, 99])
def test_a_file_that_is_away_is_waited_for_and_not_taken_for_a_recording_of_its_own(
    music, tmp_path, monkeypatch, times
):
    tries = []

    def away(path):
        tries.append(path)
        if len(tries) <= times:
            raise UnreachableAudioError(path, "input/output error")
        return audio_info(path)

    monkeypatch.setattr("gtzan.corpora.recordings.audio_info", away)
    monkeypatch.setattr("gtzan.audio.retry.PAUSES", (0.01,))
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    if times == 1:
        assert with_recordings(folder_corpus(music), tmp_path / "cache").tracks[-1].recording == "0"
    else:
        with pytest.raises(UserError, match=r"cannot be read \(input/output error\)"):
            with_recordings(folder_corpus(music), tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_done_without(music, tmp_path):
    (tmp_path / "file").touch()
    assert with_recordings(folder_corpus(music), tmp_path / "file" / "cache").tracks[-1].recording == "0"
