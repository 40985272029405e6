"""Faults in the sound of files that decode without an error: silence, clipping, offset, truncation."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from gtzan.errors import BrokenAudioError

SILENCE = 1e-4  # of full scale: -80 dB
MOSTLY = 0.5  # of the track
OFFSET = 0.01  # of full scale
CLIPPED = 1e-3  # of the samples
RUN = 3  # samples at the peak in a row are no chance


def sound_faults(waveform: np.ndarray, path: Path) -> Iterator[tuple[str, str]]:
    """Kind and description of each thing odd: silent, clipped, offset, truncated.

    Args:
        waveform: ``(samples,)``, the whole file.
        path: the file, whose header says how much there should be.
    """
    seconds = np.array_split(waveform, max(1, len(waveform) // 22050))
    silent = np.mean([max(-part.min(), part.max()) < SILENCE for part in seconds])
    if silent == 1:
        yield "silent", "nothing above -80 dB"
    elif silent > MOSTLY:
        yield "silent", f"nothing above -80 dB in {silent:.0%} of it"
    mean = float(waveform.mean(dtype=np.float64))
    if abs(mean) > OFFSET:
        yield "offset", f"a constant offset (DC) of {mean:+.1%} of full scale"
    clipped = _clipped(waveform)
    if clipped > CLIPPED:
        yield "clipped", f"{clipped:.1%} of the samples lie at the peak, {RUN} or more in a row"
    if cut := _truncated(path, len(waveform)):
        yield "truncated", cut


def _clipped(waveform: np.ndarray) -> float:
    """Share of samples that lie in runs at the highest or the lowest value."""
    count = 0
    for peak in (waveform.max(), waveform.min()):
        if abs(peak) < 0.1:  # quiet noise of few bits stands still, too
            continue
        at_peak = np.concatenate([[0], np.abs(waveform - peak) < 1e-4, [0]]).astype(np.int8)
        edges = np.flatnonzero(np.diff(at_peak))
        runs = edges[1::2] - edges[::2]
        count += int(runs[runs >= RUN].sum())
    return count / len(waveform)


def _truncated(path: Path, samples: int) -> str | None:
    """How a file is shorter than its header says; libsndfile decodes what there is without a word."""
    try:
        with soundfile.SoundFile(path) as file:
            kind, rate, announced, notes = file.format, file.samplerate, file.frames, file.extra_info
    except soundfile.SoundFileError:  # a format that another program decodes
        return None
    # What libsndfile notes of WAV, AIFF and AU: "data : 88200 (should be 58773)".
    if _missing_bytes(notes):
        return "cut off: its header announces more than there is"
    if kind == "MP3" and samples < announced - rate / 10:
        return f"cut off after {samples / rate:.1f} of {announced / rate:.1f} s"
    if kind == "OGG" and not _ends(path):
        return "cut off: its last Ogg page is not the end of the stream"
    return None


def _missing_bytes(notes: str) -> bool:
    """Whether a size announced is larger than what there is by more than padding."""
    sizes = [(int(said), int(there)) for said, there in re.findall(r": (\d+) \(should be (\d+)\)", notes)]
    # Programs that write into a pipe do not know the size, and announce the largest.
    return any(there + 64 < said < 0x7FFFF000 for said, there in sizes)


def _ends(path: Path) -> bool:
    """Whether the last page of an Ogg file has the flag of the stream's end."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))  # a page has 65 307 bytes at most
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and page + 6 <= len(tail) and bool(tail[page + 5] & 4)


def is_silent(waveform: np.ndarray) -> bool:
    """Whether nothing in it is louder than −80 dB."""
    return bool(np.abs(waveform).max(initial=0) < SILENCE)


def audible(blocks: Iterable[np.ndarray], path: str | Path) -> Iterator[np.ndarray]:
    """The blocks of a file, one after the other.

    Raises:
        BrokenAudioError: after the last one, if nothing in them was louder than −80 dB.
    """
    silent = True
    for block in blocks:
        silent = silent and is_silent(block)
        yield block
    if silent:
        raise BrokenAudioError(path, "silent: nothing above -80 dB")
