"""What all tries share: a temporary folder, a seed, and things that are made once and copied."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from filelock import FileLock

ROOT = Path(__file__).parents[2]  # of train.py and synthesize.py
RATE = 22050
PITCHES = {"blues": 110.0, "classical": 660.0, "metal": 2000.0, "pop": 3520.0}  # the genres that the paper generates


@dataclass(frozen=True)
class World:
    """Where a run of the script happens.

    Attributes:
        folder: temporary; nothing is written elsewhere.
        seed: of all random choices.
        quick: whether a few tries of each kind are enough.
    """

    folder: Path
    seed: int
    quick: bool

    def rng(self, *names: str) -> np.random.Generator:
        """Random numbers for one case, whatever else is tried."""
        return np.random.default_rng([self.seed, *(zlib.crc32(name.encode()) for name in names)])

    def some(self, names: list[str], quick: int = 1) -> list[str]:
        """All names; of a quick run, the first few."""
        return names[:quick] if self.quick else names

    def made(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder ``name``, which the first process that wants it fills; the others wait."""
        folder, done = self.folder / "made" / name, self.folder / "made" / f"{name}.done"
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{name}.lock")):
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    def music(self) -> Path:
        """24 tracks of little more than a second in four genres."""
        return self.made("music", lambda folder: write_music(folder, tracks_per_genre=6, seconds=1.2))

    def library(self) -> Path:
        """160 tracks, of which an extraction makes several shards."""
        return self.made("library", lambda folder: write_music(folder, tracks_per_genre=40, seconds=1.5))


def write_music(folder: Path, tracks_per_genre: int, seconds: float) -> None:
    """Tones in noise, one pitch per genre."""
    for number, (genre, hertz) in enumerate(PITCHES.items()):
        (folder / genre).mkdir(parents=True, exist_ok=True)
        for index in range(tracks_per_genre):
            wave = tone(hertz, seconds, seed=1000 * number + index)
            soundfile.write(folder / genre / f"{genre}.{index:05d}.wav", wave, RATE)


def tone(hertz: float = 440.0, seconds: float = 1.0, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """A harmonic tone of a slightly random pitch, in noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    hertz *= rng.uniform(0.9, 1.1)
    return sum(np.sin(2 * np.pi * hertz * k * t) / k for k in (1, 2, 3)) * 0.2 + rng.normal(0, 0.02, len(t))
