"""2,000 mutated audio files: each is decoded to finite features or named; none crashes the process or takes memory."""

import functools
import io
from pathlib import Path

import numpy as np
import soundfile
from torture_kinds.hearing import hear, prepare
from torture_kinds.world import RATE, World, tone

__all__ = ["attempt", "cases", "prepare"]
SECONDS = 30
FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "adpcm.wav": ("WAV", "MS_ADPCM"),
    "float.wav": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "au": ("AU", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "caf": ("CAF", "ALAC_16"),
}
EXTREMES = (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 1)


def cases(world: World) -> list[str]:
    files = [f"{suffix} {way}" for suffix in FORMATS for way in WAYS]
    rounds = 1 if world.quick else 2000 // len(files) + 1
    names = [f"{name} {number}" for number in range(rounds) for name in files]
    return world.some(names, 20)[:2000]


def attempt(world: World, case: str, folder: Path) -> None:
    suffix, way, _ = case.split()
    path = folder / f"song.{suffix}"
    path.write_bytes(bytes(WAYS[way](_sound(suffix), world.rng("mutations", case))))
    hear(path)


@functools.cache
def _sound(suffix: str) -> bytes:
    container, subtype = FORMATS[suffix]
    rate = 48000 if subtype == "OPUS" else RATE
    file = io.BytesIO()
    soundfile.write(file, tone(seconds=0.7, rate=rate), rate, format=container, subtype=subtype)
    return file.getvalue()


def _flipped(data: bytes, rng: np.random.Generator) -> bytearray:
    mutated = bytearray(data)
    for _ in range(int(10 ** rng.uniform(0, 3))):
        mutated[rng.integers(len(mutated))] ^= 1 << rng.integers(8)
    return mutated


def _flipped_header(data: bytes, rng: np.random.Generator) -> bytearray:
    return _flipped(data[:100], rng) + data[100:]


def _truncated(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data))]


def _spliced(data: bytes, rng: np.random.Generator) -> bytes:
    """The beginning of one format, the rest of another."""
    other = _sound(rng.choice(list(FORMATS)))
    cut = int(rng.integers(4, 200))
    return other[:cut] + data[cut:]


def _doubled(data: bytes, rng: np.random.Generator) -> bytes:
    first, last = sorted(rng.integers(len(data), size=2))
    return data[:last] + data[first:]


def _zeroed(data: bytes, rng: np.random.Generator) -> bytes:
    first, last = sorted(rng.integers(len(data), size=2))
    return data[:first] + bytes(int(last - first)) + data[last:]


def _inserted(data: bytes, rng: np.random.Generator) -> bytes:
    place = rng.integers(len(data))
    return data[:place] + rng.bytes(int(rng.integers(1, 5000))) + data[place:]


def _extreme(data: bytes, rng: np.random.Generator) -> bytearray:
    """A field of the header that claims another size."""
    mutated = bytearray(data)
    place = int(rng.integers(120))
    order = "little" if rng.random() < 0.5 else "big"
    mutated[place : place + 4] = int(rng.choice(EXTREMES)).to_bytes(4, order)
    return mutated


WAYS = {
    "flipped": _flipped,
    "flipped-header": _flipped_header,
    "truncated": _truncated,
    "spliced": _spliced,
    "doubled": _doubled,
    "zeroed": _zeroed,
    "inserted": _inserted,
    "extreme": _extreme,
}
