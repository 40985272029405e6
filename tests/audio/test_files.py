import errno
import io
import os
import sys

import numpy as np
import pytest
import soundfile

from gtzan.audio import files
from gtzan.audio.files import audio_info, read_audio, write_wav
from gtzan.audio.formats import AUDIO_SUFFIXES
from gtzan.errors import BrokenAudioError, UnreachableAudioError

FORMATS = {".aif": "AIFF", ".aifc": "AIFF", ".oga": "OGG", ".opus": "OGG", ".snd": "AU"}


def tone(frequency: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


def write(path, samples, rate, subtype=None):
    soundfile.write(path, samples, rate, subtype, format=FORMATS.get(path.suffix, path.suffix[1:].upper()))
    return path


@pytest.mark.parametrize("suffix", [suffix for suffix in AUDIO_SUFFIXES if suffix != ".mp2"])
def test_every_listed_format_is_read_as_the_sound_that_it_holds(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix}", tone(440, 48000), 48000, "OPUS" if suffix == ".opus" else None)
    waveform = read_audio(path)
    assert waveform.dtype == np.float32
    assert waveform.shape == (22050,)
    assert np.abs(waveform - tone(440, 22050))[1000:-1000].max() < 0.02
    assert audio_info(path).seconds == pytest.approx(1)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_reading_equals_librosa(tmp_path, rate):
    librosa = pytest.importorskip("librosa")
    noise = np.random.default_rng(0).normal(0, 0.1, (rate + 1, 2))
    path = write(tmp_path / "a.wav", noise, rate)
    expected, _ = librosa.load(path, sr=22050)
    np.testing.assert_array_equal(read_audio(path), expected)


def test_channels_are_averaged(tmp_path):
    path = write(tmp_path / "a.wav", np.stack([tone(440, 22050), 0 * tone(440, 22050)], axis=1), 22050, "FLOAT")
    np.testing.assert_allclose(read_audio(path), tone(440, 22050) / 2, atol=1e-6)
    assert audio_info(path).channels == 2


def test_frequencies_beyond_the_new_rate_are_removed_rather_than_folded(tmp_path):
    waveform = read_audio(write(tmp_path / "a.wav", tone(15000, 44100), 44100))
    assert np.abs(waveform[1000:-1000]).max() < 1e-3


def test_the_content_counts_not_the_suffix(tmp_path):
    path = write(tmp_path / "a.flac", tone(440, 22050), 22050)
    path = path.rename(tmp_path / "a.wav")
    assert len(read_audio(path)) == 22050


BROKEN = {
    "no such file": lambda path: None,
    "directory": lambda path: path.mkdir(),
    "empty file": lambda path: path.write_bytes(b""),
    "not recognised": lambda path: path.write_bytes(b"<html>not found</html>" * 100),
    "no samples": lambda path: write(path, np.zeros(0), 22050),
    "s long": lambda path: write(path, np.zeros(2000), 22050),
    "NaN": lambda path: write(path, np.where(np.arange(22050) == 99, np.nan, 0), 22050, "FLOAT"),
    "infinite": lambda path: write(path, np.where(np.arange(22050) == 99, np.inf, 0), 22050, "FLOAT"),
    "as large as": lambda path: write(path, np.full(22050, 1e30), 22050, "FLOAT"),
    "sample rate": lambda path: write(path, np.zeros(22050), 10),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_file_is_named_with_the_reason(tmp_path, reason):
    path = tmp_path / "broken.wav"
    BROKEN[reason](path)
    with pytest.raises(BrokenAudioError, match=reason) as error:
        read_audio(path)
    assert error.value.path == path
    assert str(path) in str(error.value)
    assert str(path) not in error.value.reason


@pytest.mark.parametrize("suffix", [".flac", ".opus"])
def test_a_file_cut_off_is_broken(tmp_path, suffix):
    noise = np.random.default_rng(0).normal(0, 0.1, 48000)
    path = write(tmp_path / f"a{suffix}", noise, 48000, "OPUS" if suffix == ".opus" else None)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BrokenAudioError):
        read_audio(path)


@pytest.mark.parametrize("suffix", [".au", ".snd", ".mp3"])
def test_junk_is_not_played_as_headerless_audio(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(50000))
    with pytest.raises(BrokenAudioError, match="not readable"):
        read_audio(path)


def test_written_audio_reads_back_bit_for_bit(tmp_path):
    write_wav(tmp_path / "new" / "a.wav", tone(440, 22050))
    waveform = read_audio(tmp_path / "new" / "a.wav")
    np.testing.assert_allclose(waveform, tone(440, 22050), atol=2**-16)
    write_wav(tmp_path / "b.wav", waveform)
    assert (tmp_path / "b.wav").read_bytes() == (tmp_path / "new" / "a.wav").read_bytes()
    assert soundfile.info(tmp_path / "b.wav").subtype == "PCM_16"


def test_full_scale_does_not_wrap(tmp_path):
    write_wav(tmp_path / "a.wav", np.tile([1.0, -1.0], 5000))
    assert (np.sign(read_audio(tmp_path / "a.wav")) == np.tile([1, -1], 5000)).all()


@pytest.mark.parametrize("bad", [1.01, -1.01, np.nan, np.inf])
def test_what_16_bits_cannot_hold_is_refused_and_leaves_the_old_file(tmp_path, bad):
    write_wav(tmp_path / "a.wav", tone(440, 22050))
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(ValueError, match="waveform"):
        write_wav(tmp_path / "a.wav", np.array([0.0, bad] * 5000))
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert (tmp_path / "a.wav").read_bytes() == before


def test_an_error_of_the_disk_is_no_fault_of_the_file(tmp_path, monkeypatch):
    path = write(tmp_path / "a.mp3", tone(440, 22050, seconds=20), 22050)
    assert len(read_audio(path)) == 20 * 22050
    reads = []

    class FailingFile(io.FileIO):
        def readinto(self, buffer):
            reads.append(1)
            if len(reads) > 1:
                raise OSError(errno.EIO, "Input/output error")
            return super().readinto(buffer)

    monkeypatch.setattr(files, "_Source", type("_Source", (files._Source, FailingFile), {}))
    with pytest.raises(UnreachableAudioError, match="input/output error"):
        read_audio(path)


@pytest.mark.parametrize("error", [errno.EACCES, errno.ESTALE, errno.ENOTCONN])
def test_a_file_that_does_not_open_now_may_be_sound(tmp_path, monkeypatch, error):
    path = write(tmp_path / "a.wav", tone(440, 22050), 22050)

    def failing(*_):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(files, "_Source", failing)
    with pytest.raises(UnreachableAudioError, match=os.strerror(error).lower()):
        read_audio(path)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes no names that are not UTF-8")
def test_an_mp3_behind_something_else_is_read_whatever_its_name(tmp_path):
    path = write(tmp_path / "a.mp3", tone(440, 22050, seconds=2), 22050)
    path = path.rename(tmp_path / os.fsdecode(b"caf\xe9.mp3"))
    path.write_bytes(bytes(3000) + path.read_bytes())
    assert len(read_audio(path)) >= 2 * 22050
    path.write_bytes(b"no audio")
    with pytest.raises(BrokenAudioError, match="not readable"):
        read_audio(path)


@pytest.mark.parametrize("kind", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()])
def test_only_regular_files_are_opened(tmp_path, kind):
    kind(tmp_path / "a.wav")
    with pytest.raises(BrokenAudioError, match=r"not a regular file|a directory"):
        read_audio(tmp_path / "a.wav")
