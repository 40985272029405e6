"""Which files hold the same recording, whatever they are called and however they are encoded.

Equal samples are found by a hash, other encodings of one recording by how its spectrum moves in the first 30 seconds:
levels of 12 bands in steps of half a second, each less the mean of its band and of its step. MP3s at 64 kbit/s agree
with their originals by 0.99 there, and no two of a hundred tracks of GTZAN by more than 0.32.
"""

import base64
import logging
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import numpy as np
from tqdm import tqdm

from gtzan.audio.files import audio_info, read_segment
from gtzan.audio.retry import retried
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.fingerprints import fingerprints
from gtzan.corpora.groups import connected, members_of
from gtzan.errors import BrokenAudioError, UnreachableAudioError
from gtzan.files import read_json, write_json

log = logging.getLogger(__name__)

VERSION = 1  # of what is remembered
SECONDS = 30
STEP = 0.5  # seconds
_WINDOW = 0.1
_EDGES = np.geomspace(150, 4000, 13)  # Hz, of the bands: what every codec and sample rate keeps
_NO_LEVELS = np.empty((0, len(_EDGES) - 1), np.uint8)
_LEAST_STEPS = 10
_LEAST_CHANGE = 1.0  # dB; a tone that stands still looks like any other
SAME = 0.85  # correlation
_TEXT = re.compile(r"[0-9a-f]{32} (?:[A-Za-z0-9+/]{16})*")  # of a recording: 12 levels in 16 characters


@dataclass(frozen=True)
class Recording:
    """A fingerprint of a recording: a hash of its samples, and how its spectrum moves.

    Attributes:
        samples: hash of the samples at 16 bits, mono: of the first 30 s, with rate and length.
        levels: ``(steps, 12)``, uint8, dB below the loudest.
    """

    samples: str
    levels: np.ndarray

    @classmethod
    def of(cls, path: Path) -> "Recording | None":
        """Of a file; ``None`` where it is broken, which is for the feature extraction to name.

        Raises:
            UserError: it cannot be read this time.
        """
        try:
            info = audio_info(path)
            waveform = read_segment(path, 0, SECONDS, info.sample_rate)
        except UnreachableAudioError:
            raise
        except BrokenAudioError:
            return None
        if not len(waveform) or not np.isfinite(waveform).all():
            return None
        pcm = np.clip(np.rint(waveform * 32768), -32768, 32767).astype("<i2")
        facts = f"{info.sample_rate} {info.frames} ".encode()
        return cls(blake2b(facts + pcm.tobytes(), digest_size=16).hexdigest(), _levels(waveform, info.sample_rate))

    @classmethod
    def of_text(cls, text: str) -> "Recording":
        samples, _, levels = text.partition(" ")
        return cls(samples, np.frombuffer(base64.b64decode(levels), np.uint8).reshape(-1, len(_EDGES) - 1))

    def text(self) -> str:
        return f"{self.samples} {base64.b64encode(self.levels.tobytes()).decode()}"


def with_recordings(corpus: Corpus, cache: str | Path) -> Corpus:
    """The corpus with every track's recording known; files are decoded where the cache does not remember them.

    Tracks that are the same recording have the name of the first of them in ``recording``.
    """
    unknown = [i for i, track in enumerate(corpus.tracks) if track.recording is None and track.path.exists()]
    if not unknown:
        return corpus
    paths = [corpus.tracks[i].path for i in unknown]
    cache = Path(cache)
    with suppress(OSError):  # where nothing can be written, the feature extraction says so
        cache.mkdir(parents=True, exist_ok=True)
    contents = [content for _, content in fingerprints(paths, cache / "fingerprints.json")]
    recordings = _remembered(paths, contents, cache / "recordings.json")
    tracks = list(corpus.tracks)
    for first, *others in same_recordings(recordings):
        for i in (first, *others):
            name = tracks[unknown[first]].name
            tracks[unknown[i]] = replace(tracks[unknown[i]], recording=name)
        if others:
            names = ", ".join(str(paths[i]) for i in (first, *others))
            log.warning("The same recording, kept in one part of every split: %s", names)
    return replace(corpus, tracks=tuple(tracks))


def same_recordings(recordings: Iterable[Recording | None]) -> list[list[int]]:
    """Numbers of those that are the same, in groups, singles included; the unknown are like no other."""
    recordings = list(recordings)
    equal = defaultdict(list)
    for i, recording in enumerate(recordings):
        equal[recording.samples if recording else i].append(i)
    pairs = [(members[0], other) for members in equal.values() for other in members[1:]] + _alike(recordings)
    return [members.tolist() for members in members_of(connected(len(recordings), pairs)).values()]


def _remembered(paths: list[Path], contents: list[str], memory: Path) -> list[Recording | None]:
    memo = read_json(memory) or {}
    known = memo.get("recordings") if memo.get("version") == VERSION else None
    known = {c: text for c, text in known.items() if _TEXT.fullmatch(str(text))} if isinstance(known, dict) else {}
    new = {content: path for content, path in zip(contents, paths, strict=True) if content and content not in known}
    if new:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(
                tqdm(pool.map(_of_file, new.values()), "Comparing recordings", len(new), unit="file", disable=None)
            )
        known |= {content: r.text() for content, r in zip(new, found, strict=True) if r}
        try:
            write_json(memory, {"version": VERSION, "recordings": known}, indent=None)
        except OSError as error:  # a full or read-only disk: the next run decodes the files again, no more
            log.debug("%s cannot be written: %s", memory, error)
    return [Recording.of_text(known[content]) if content in known else None for content in contents]


def _of_file(path: Path) -> Recording | None:
    return retried(lambda: Recording.of(path))


def _levels(waveform: np.ndarray, rate: int) -> np.ndarray:
    n, windows = round(_WINDOW * rate), round(STEP / _WINDOW)
    steps = len(waveform) // (n * windows)
    frames = waveform[: steps * windows * n].reshape(steps * windows, n) * np.hanning(n).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    edges = np.searchsorted(np.fft.rfftfreq(n, 1 / rate), _EDGES)
    bands = np.stack([power[:, low:high].sum(axis=1) for low, high in pairwise(edges)], axis=1)
    bands = bands.reshape(steps, windows, len(_EDGES) - 1).mean(axis=1)
    loudest = bands.max(initial=1e-9)
    return np.rint(-10 * np.log10(np.maximum(bands / loudest, 1e-8))).astype(np.uint8)


def _alike(recordings: list[Recording | None]) -> list[tuple[int, int]]:
    """Pairs whose spectra move alike as long as the shorter one lasts."""
    levels = [r.levels if r else _NO_LEVELS for r in recordings]
    steps = np.array([len(rows) for rows in levels])
    pairs = []
    for length in sorted(set(steps[steps >= _LEAST_STEPS].tolist())):
        longer = np.flatnonzero(steps >= length)
        moves = np.stack([_moves(levels[i][:length]) for i in longer])
        exact = np.flatnonzero(steps[longer] == length)
        for start in range(0, len(exact), 512):  # so that memory stays bounded
            rows = exact[start : start + 512]
            found = np.argwhere(moves[rows] @ moves.T > SAME)
            pairs += [(int(longer[rows[a]]), int(longer[b])) for a, b in found if rows[a] != b]
    return pairs


def _moves(levels: np.ndarray) -> np.ndarray:
    """A unit vector whose products are correlations; zeros where nothing moves."""
    x = levels.astype(np.float32)
    x = x - x.mean(axis=0)
    x = x - x.mean(axis=1, keepdims=True)
    size = np.linalg.norm(x)
    return (x / size if size > _LEAST_CHANGE * np.sqrt(x.size) else np.zeros_like(x)).ravel()
