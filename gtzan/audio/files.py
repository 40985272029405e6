"""Audio files: read any format as mono at one sample rate, look at headers, write WAV."""

import io
import os
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np
import soundfile
import soxr

from gtzan.audio.ffmpeg import FfmpegFile
from gtzan.audio.formats import FFMPEG_SUFFIXES, special_file_reason
from gtzan.errors import BrokenAudioError, UnreachableAudioError, reason_of
from gtzan.files import replace_atomically

SAMPLE_RATE = 22050
"""Hz; GTZAN's own rate, and the rate that all features are computed at."""

MIN_SECONDS = 0.1
MIN_RATE = 1000
MAX_SAMPLE = 1e6
_BLOCK_FRAMES = 1 << 20
_BUFFER = 1 << 16  # bytes


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says; ``frames`` is an estimate in MP3 files without a length tag, and 0 by ffmpeg."""

    sample_rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate


def audio_info(path: str | os.PathLike) -> AudioInfo:
    """Read a file's header only.

    Raises:
        BrokenAudioError: there is no such file, or no header that libsndfile knows.
    """
    with _open(path) as file:
        return AudioInfo(file.samplerate, file.channels, file.frames)


def decode_audio(path: str | os.PathLike) -> tuple[np.ndarray, int]:
    """Decode a file at its own sample rate.

    Returns:
        The mean of its channels, float32 ``(samples,)`` with full scale at ±1, and its sample rate in Hz.

    Raises:
        BrokenAudioError: unreadable, shorter than 0.1 s, or with samples that no recording has. A file cut off
            within its audio is unreadable in FLAC and Opus; elsewhere it is what libsndfile finds: a shorter one.
        UnreachableAudioError: the disk or the network does not answer.
    """
    with _open(path) as file:
        return np.concatenate(list(_blocks(path, file))), file.samplerate


def stream_audio(path: str | os.PathLike, sample_rate: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
    """Read any audio file as :func:`read_audio` does, a block of at most a minute or so after the other.

    Memory stays bounded however long the file is; what is wrong with it may show after the first blocks only.

    Yields:
        float32 ``(samples,)``, some of them perhaps empty.

    Raises:
        BrokenAudioError: as :func:`decode_audio`.
    """
    with _open(path) as file:
        blocks = _blocks(path, file)
        if file.samplerate == sample_rate:
            yield from blocks
            return
        first = next(blocks)  # checks the rate, too, before soxr is asked for it
        resampler = soxr.ResampleStream(file.samplerate, sample_rate, 1, quality="soxr_hq")
        samples = written = 0
        for block in chain([first], blocks):
            samples += len(block)
            resampled = resampler.resample_chunk(block)
            written += len(resampled)
            yield resampled
        # soxr rounds the length; librosa fixes it to the ceiling, and frame counts depend on it.
        rest = resampler.resample_chunk(np.empty(0, np.float32), last=True)
        missing = -(-samples * sample_rate // file.samplerate) - written
        yield np.pad(rest[:missing], (0, max(0, missing - len(rest))))


def read_audio(path: str | os.PathLike, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Read any audio file as mono at one rate: what ``librosa.load(path, sr=sample_rate)`` returns.

    Args:
        path: a file in one of the formats of :mod:`gtzan.audio.formats`; the content counts, not the suffix.
        sample_rate: in Hz; files of another rate are resampled with soxr's HQ setting.

    Returns:
        float32 ``(samples,)``, ``ceil(frames · sample_rate / rate)`` of them.

    Raises:
        BrokenAudioError: unreadable, empty, shorter than 0.1 s, or with NaN, infinite or absurd samples.
    """
    return np.concatenate(list(stream_audio(path, sample_rate)))


def read_segment(path: str | os.PathLike, start: float, seconds: float, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Read a part of an audio file, without decoding what follows it.

    Args:
        path: as of :func:`read_audio`.
        start, seconds: the part; less is returned where the file ends.
        sample_rate: in Hz.

    Returns:
        float32 ``(samples,)``, empty where the file ends before the part.

    Raises:
        BrokenAudioError: unreadable.
    """
    with _open(path, start, seconds) as file:
        try:
            if isinstance(file, FfmpegFile):
                return resample(file.read(round(seconds * file.samplerate)).mean(axis=1), file.samplerate, sample_rate)
            file.seek(min(round(start * file.samplerate), file.frames))
            block = file.read(round(seconds * file.samplerate), dtype="float32", always_2d=True).mean(axis=1)
        except (soundfile.SoundFileError, RuntimeError) as error:
            raise BrokenAudioError(path, f"cannot be decoded ({_reason(error)})") from error
        return resample(block, file.samplerate, sample_rate)


def resample(block: np.ndarray, rate: int, sample_rate: int) -> np.ndarray:
    return soxr.resample(block, rate, sample_rate) if rate != sample_rate else block


def check_readable(path: str | os.PathLike) -> None:
    """Read a file to its end without decoding it.

    Raises:
        UnreachableAudioError: the file system fails: whatever a decoder said of the file says nothing about it.
    """
    try:
        if special_file_reason(path) is None:
            with open(path, "rb") as file:
                while file.read(_BLOCK_FRAMES):
                    pass
    except OSError as error:
        raise _unreachable(path, error) from error


def write_wav(path: str | os.PathLike, waveform: np.ndarray, sample_rate: int = SAMPLE_RATE) -> None:
    """Write 16-bit PCM so that the file is there whole or not at all; folders are made as needed.

    Args:
        path: where to; an existing file is replaced.
        waveform: ``(samples,)``, within ±1.
        sample_rate: in Hz.

    Raises:
        ValueError: not one-dimensional, NaN or infinite, or beyond ±1: loudness is the caller's to set, and
            clipping would be heard but not seen.
    """
    waveform = np.asarray(waveform, dtype=np.float64)
    if waveform.ndim != 1:
        raise ValueError(f"{path}: a mono waveform has one dimension, this one has {waveform.ndim}")
    if not np.isfinite(waveform).all():
        raise ValueError(f"{path}: the waveform holds NaN or infinite samples")
    peak = np.abs(waveform).max(initial=0)
    if peak > 1:
        raise ValueError(f"{path}: the waveform peaks at {peak:.3f}, beyond full scale: scale it down first")
    # 32768 is the factor that readers divide by, so that PCM survives reading and writing bit for bit.
    pcm = np.minimum(np.rint(waveform * 32768), 32767).astype("<i2")

    def write(file: IO[bytes]) -> None:
        with wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(sample_rate)
            wav.writeframes(pcm.tobytes())

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_atomically(path, write)


def _blocks(path: str | os.PathLike, file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """The mean of a file's channels in blocks, at least one of them, checked."""
    if file.samplerate < MIN_RATE:
        raise BrokenAudioError(path, f"a sample rate of {file.samplerate} Hz")
    # In blocks: a damaged header may announce any number of frames, and memory for them is taken up front.
    samples = 0
    try:
        while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
            peak = max(-mono.min(), mono.max())  # NaN if any sample is
            if not np.isfinite(peak):
                raise BrokenAudioError(path, "holds NaN or infinite samples")
            if peak > MAX_SAMPLE:
                raise BrokenAudioError(path, f"holds samples as large as {peak:.0e}")
            samples += len(mono)
            yield mono
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise BrokenAudioError(path, f"cannot be decoded ({_reason(error)})") from error
    if not samples:
        raise BrokenAudioError(path, "holds no samples")
    # Only FLAC's header states the length apart from the data: elsewhere libsndfile derives it from the file's size.
    if file.format == "FLAC" and samples < file.frames < 2**40:
        raise BrokenAudioError(path, f"cut off after {samples} of {file.frames} samples")
    if samples < MIN_SECONDS * file.samplerate:
        raise BrokenAudioError(path, f"only {samples / file.samplerate:.3f} s long")


@contextmanager
def _open(path: str | os.PathLike, start: float = 0.0, seconds: float | None = None) -> Iterator:
    """Open for reading; ``start`` and ``seconds`` are for ffmpeg, which cannot seek later.

    Raises:
        UnreachableAudioError: the file system fails, now or while the file is being read: what was decoded is no more
            than a part of the file then.
    """
    source = None
    try:
        if reason := special_file_reason(path):
            raise BrokenAudioError(path, reason)
        source = _Source(path)
        with io.BufferedReader(source, _BUFFER) as stream:
            if not stream.peek(1) and not source.error:
                raise BrokenAudioError(path, "an empty file")
            by_ffmpeg = os.path.splitext(path)[1].lower() in FFMPEG_SUFFIXES
            with FfmpegFile(path, start, seconds) if by_ffmpeg else _sound_file(path, stream) as file:
                yield file
    except OSError as error:
        raise _unreachable(path, error) from error
    except BrokenAudioError as error:
        if source and source.error:
            raise _unreachable(path, source.error) from error
        raise
    if source.error:
        raise _unreachable(path, source.error)


class _Source(io.FileIO):
    """A file that remembers the system's error: libsndfile asks for no more than bytes and takes none for the end."""

    error: OSError | None = None

    def readinto(self, buffer) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            self.error = error
            return 0


def _unreachable(path: str | os.PathLike, error: OSError) -> UnreachableAudioError:
    return UnreachableAudioError(path, reason_of(error))


def _sound_file(path: str | os.PathLike, stream: io.BufferedIOBase) -> soundfile.SoundFile:
    try:
        try:
            return soundfile.SoundFile(stream)
        except soundfile.SoundFileError:
            # With the name, libsndfile also tries what the suffix says: an MP3 may begin with something else.
            file = soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path)  # in any encoding
    # TypeError: soundfile takes the suffix .raw for headerless data.
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        # What libmpg123 says of any file without an MPEG frame in it.
        reason = "no audio frame found" if "does not exist" in str(error) else _reason(error)
        raise BrokenAudioError(path, f"not readable as audio ({reason})") from error
    # libsndfile takes any .au or .snd file that lacks its header for telephone audio: noise, without a word.
    if file.format == "RAW":
        file.close()
        raise BrokenAudioError(path, "not readable as audio (no header)")
    return file


def _reason(error: Exception) -> str:
    """libsndfile's own words, without the path that soundfile puts before them."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".").lower()
