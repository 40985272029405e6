import os
import shutil
import subprocess

import numpy as np
import pytest

from gtzan.audio import ffmpeg
from gtzan.audio.files import read_audio, read_segment, stream_audio
from gtzan.errors import BrokenAudioError
from tests.conftest import write_tone

installed = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


@pytest.fixture
def wav(tmp_path):
    write_tone(tmp_path / "a.wav", 440, 2, seed=0)
    return tmp_path / "a.wav"


def encode(wav, name):
    path = wav.parent / name
    command = ["ffmpeg", "-v", "error", "-y", "-i", wav, *(["-c:a", "libopus"] if name.endswith(".webm") else [])]
    subprocess.run([*command, b"file:" + os.fsencode(path)], check=True)
    return path


@installed
@pytest.mark.parametrize("suffix", [".m4a", ".webm", ".wma", ".wv", ".mka", ".tta"])
def test_formats_of_ffmpeg_are_read_as_the_sound_that_they_hold(wav, suffix):
    expected, found = read_audio(wav), read_audio(encode(wav, f"-b:a{suffix}"))
    assert abs(len(found) - len(expected)) < 4000  # encoders add silence
    loudness = [np.sqrt(np.mean(x[2000:-2000] ** 2)) for x in (found, expected)]
    assert loudness[0] == pytest.approx(loudness[1], rel=0.1)


@installed
def test_without_loss_every_sample_is_the_same(wav):
    path = encode(wav, "a.wv")
    np.testing.assert_array_equal(read_audio(path), read_audio(wav))
    np.testing.assert_allclose(read_segment(path, 0.5, 0.25), read_segment(wav, 0.5, 0.25), atol=1e-4)


@installed
@pytest.mark.parametrize(
    "content", [b"no audio", b"#EXTM3U\n#EXTINF:1,\na.wav\n", b"ffconcat version 1.0\nfile a.wav\n"]
)
def test_junk_and_playlists_are_broken(wav, content):
    path = wav.with_name("x.m4a")
    path.write_bytes(content)
    with pytest.raises(BrokenAudioError, match="not readable"):
        read_audio(path)


@installed
def test_a_file_cut_off_is_broken(wav):
    path = encode(wav, "a.m4a")
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(BrokenAudioError):
        read_audio(path)


@installed
def test_a_name_that_is_not_utf_8_is_read(wav):
    assert len(read_audio(encode(wav, os.fsdecode(b"caf\xe9 'x';.wv")))) == 2 * 22050


def test_without_ffmpeg_the_way_out_is_said(wav, without_ffmpeg):
    path = wav.rename(wav.with_name("a.m4a"))
    with pytest.raises(BrokenAudioError, match="install ffmpeg or convert"):
        read_audio(path)


def test_a_decoder_that_hangs_is_ended(wav, monkeypatch):
    program = wav.with_name("program")
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr("gtzan.audio.formats.ffmpeg", lambda: str(program))
    monkeypatch.setattr(ffmpeg, "TIMEOUT", 0.1)
    with pytest.raises(BrokenAudioError, match="hung"):
        next(stream_audio(wav.rename(wav.with_name("a.m4a"))))
