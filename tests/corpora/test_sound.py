import numpy as np
import pytest
import soundfile

from gtzan.audio.files import decode_audio, write_wav
from gtzan.corpora.sound import sound_faults

RATE = 22050
NOISE = np.random.default_rng(0).normal(0, 0.1, 4 * RATE)


def kinds(path) -> list[str]:
    return [kind for kind, _ in sound_faults(decode_audio(path)[0], path)]


SOUNDS = {
    "silent": NOISE * 1e-5,
    "silent, mostly": np.where(np.arange(len(NOISE)) < RATE, NOISE, 0),
    "offset": NOISE + 0.05,
    "clipped": np.clip(10 * NOISE, -1, 1),
    "clipped, then turned down": 0.4 * np.clip(10 * NOISE, -1, 1),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_what_is_odd_is_named(tmp_path, name):
    write_wav(tmp_path / "a.wav", SOUNDS[name])
    assert kinds(tmp_path / "a.wav") == [name.split(",")[0]]


@pytest.mark.parametrize("sound", [NOISE, NOISE / 50, np.sin(np.arange(4 * RATE) * 0.05)])
def test_music_is_not_odd(tmp_path, sound):
    write_wav(tmp_path / "a.wav", np.clip(sound, -1, 1))
    assert not kinds(tmp_path / "a.wav")


@pytest.mark.parametrize("suffix", ["wav", "aiff", "au", "ogg", "mp3"])
def test_a_file_that_is_cut_off_is_named(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, NOISE, RATE)
    assert not kinds(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert kinds(path) == ["truncated"]


def test_a_file_written_into_a_pipe_is_whole(tmp_path):
    write_wav(tmp_path / "a.wav", NOISE)
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(content)
    assert not kinds(tmp_path / "a.wav")
