"""Audio that libsndfile cannot decode, through the program ffmpeg."""

import os
import struct
import subprocess
import tempfile
from threading import Timer

import numpy as np

from gtzan.audio import formats
from gtzan.errors import BrokenAudioError

TIMEOUT = 60.0  # seconds without a block of samples, after which ffmpeg hangs

# Of containers, not of playlists: those name other files.
_DEMUXERS = "mov,mp4,m4a,3gp,matroska,webm,asf,wv,ape,tta,aac,mpc,mpc8,ac3,amr,wav,flac,ogg,mp3,aiff,au,caf,w64"
_AU_HEADER = struct.Struct(">4s5I")  # magic, offset of the samples, size, encoding, sample rate, channels


class FfmpegFile:
    """An open audio file that reads like ``soundfile.SoundFile``, forwards only.

    ffmpeg writes 32-bit floats at the file's own rate into a pipe, in the AU format, whose header tells the rate and
    the channels; memory stays bounded however long the file is.

    Args:
        path: the file.
        start, seconds: the part to decode; all of it by default.

    Raises:
        BrokenAudioError: there is no ffmpeg, or it finds no audio in the file.
    """

    format = "FFMPEG"
    frames = 0  # not known before the end

    def __init__(self, path: str | os.PathLike, start: float = 0.0, seconds: float | None = None) -> None:
        self.path = path
        if not (program := formats.ffmpeg()):
            raise BrokenAudioError(path, formats.needs_ffmpeg(path))
        part = ["-ss", f"{start:.6f}"] if start else []
        part += [] if seconds is None else ["-t", f"{seconds:.6f}"]
        # "file:" and an absolute path: no name is taken for an option or for another protocol.
        source = b"file:" + os.fsencode(os.path.abspath(path))
        options: list[str | bytes] = ["-nostdin", "-v", "error", "-xerror", "-protocol_whitelist", "file,pipe"]
        options += ["-format_whitelist", _DEMUXERS, *part, "-i", source]
        options += ["-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the process)
        self._process = subprocess.Popen(
            [program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors
        )
        assert self._process.stdout is not None
        self._samples = self._process.stdout
        try:
            header = self._read(_AU_HEADER.size)
            if len(header) < _AU_HEADER.size:
                self._finish()
                raise BrokenAudioError(path, "holds no samples")
            _, offset, _, _, self.samplerate, self.channels = _AU_HEADER.unpack(header)
            self._read(offset - _AU_HEADER.size)
        except BaseException:
            self.close()
            raise

    def read(self, frames: int, dtype: str = "float32", always_2d: bool = True) -> np.ndarray:
        """The next frames, ``(at most frames, channels)``; none at the end of the file."""
        data = self._read(frames * 4 * self.channels)
        if not data:
            self._finish()
        whole = len(data) - len(data) % (4 * self.channels)
        return np.frombuffer(data[:whole], ">f4").astype(dtype).reshape(-1, self.channels)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._samples.close()
        self._errors.close()

    def __enter__(self) -> "FfmpegFile":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _read(self, size: int) -> bytes:
        watchdog = Timer(TIMEOUT, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self._samples.read(size)
        finally:
            watchdog.cancel()

    def _finish(self) -> None:
        """Wait for the end; an error of ffmpeg is the file's."""
        try:
            status = self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            status = -9
        if status < 0:
            raise BrokenAudioError(self.path, f"cannot be decoded (ffmpeg hung for {TIMEOUT:g} s or was killed)")
        if status:
            self._errors.seek(0)
            lines = self._errors.read(2000).decode(errors="backslashreplace").strip().splitlines()
            reason = lines[-1].rpartition(": ")[2].lower() if lines else f"status {status}"
            raise BrokenAudioError(self.path, f"not readable as audio (ffmpeg: {reason})")
