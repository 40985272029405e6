"""128 kinds of audio: every file has finite features or is named."""

from pathlib import Path

import numpy as np
import soundfile
from torture_kinds.hearing import hear, prepare
from torture_kinds.world import RATE, World, tone

__all__ = ["attempt", "cases", "prepare"]
SECONDS = 60

FORMATS = [
    *(("wav", subtype) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")),
    *(("wav", subtype) for subtype in ("IMA_ADPCM", "MS_ADPCM")),
    *(("flac", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24")),
    *(("aiff", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT")),
    *(("au", subtype) for subtype in ("PCM_16", "FLOAT", "ULAW")),
    ("caf", "PCM_16"),
    ("caf", "ALAC_16"),
    ("w64", "PCM_16"),
    ("rf64", "PCM_16"),
    ("ogg", "VORBIS"),
    ("opus", "OPUS"),
    ("mp3", "MPEG_LAYER_III"),
]
RATES = [1000, 4000, 8000, 11025, 12345, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000, 384000]
CHANNELS = [1, 2, 3, 4, 5, 6, 8, 16]
LENGTHS = [0, 1, 2, 100, 511, 512, 2048, 2204, 2205, 2206, 22049, 220500]  # samples; 2205 is the shortest accepted
CONTENTS = {  # what they are made of, and whether they must be heard
    "silence": (lambda wave: wave * 0, "good"),
    "almost silence": (lambda wave: wave * 1e-7, "any"),
    "half silence": (lambda wave: np.concatenate([wave, wave * 0]), "good"),
    "clipped": (lambda wave: np.clip(wave * 100, -1, 1), "good"),
    "DC": (lambda wave: wave * 0 + 0.5, "good"),
    "DC-shifted": (lambda wave: wave * 0.3 + 0.6, "good"),
    "noise": (lambda wave: np.random.default_rng(0).uniform(-1, 1, len(wave)), "good"),
    "one impulse": (lambda wave: np.eye(1, len(wave), 1000)[0], "good"),
    "full scale": (lambda wave: np.sign(wave), "good"),
}
FLOATS = {
    "NaN": (lambda wave: np.where(np.arange(len(wave)) == 999, np.nan, wave), "bad"),
    "all NaN": (lambda wave: wave * np.nan, "bad"),
    "inf": (lambda wave: np.where(np.arange(len(wave)) == 999, np.inf, wave), "bad"),
    "-inf": (lambda wave: np.where(np.arange(len(wave)) == 999, -np.inf, wave), "bad"),
    "as large as 1e30": (lambda wave: wave * 1e30, "bad"),
    "beyond full scale": (lambda wave: wave * 30, "any"),
    "denormal": (lambda wave: wave * 1e-40, "any"),
}
FOREIGN = {  # files that are no audio
    "empty": b"",
    "one byte": b"R",
    "a text": b"This is no audio at all.\n" * 100,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "a page": b"<!doctype html><title>404</title>" * 50,
    "zeros": bytes(65536),
    "a header alone": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "an ID3 tag alone": b"ID3\x04\x00\x00\x00\x00\x00\x00",
}


def cases(world: World) -> list[str]:
    names = [f"format {suffix} {subtype}" for suffix, subtype in FORMATS]
    names += [f"truncated {suffix} {subtype}" for suffix, subtype in FORMATS]
    names += [f"rate {suffix} {rate}" for suffix in ("wav",) for rate in RATES]
    names += [f"rate ogg {rate}" for rate in (8000, 48000)] + [f"rate mp3 {rate}" for rate in (8000, 48000)]
    names += [f"channels {count}" for count in CHANNELS]
    names += [f"length {count}" for count in LENGTHS]
    names += [f"content {suffix} {name}" for suffix in ("wav", "flac") for name in CONTENTS]
    names += [f"float {name}" for name in FLOATS]
    names += [f"foreign {name}" for name in FOREIGN]
    names += ["suffix wav for ogg", "suffix mp3 for flac", "suffix raw", "suffix none"]
    return world.some(names, 8)


def attempt(world: World, case: str, folder: Path) -> None:
    way, _, rest = case.partition(" ")
    WAYS[way](folder, rest)


def _write(path: Path, wave: np.ndarray, subtype: str = "PCM_16", rate: int = RATE, suffix: str = "") -> Path:
    kind = suffix or path.suffix[1:]
    container = {"aiff": "AIFF", "opus": "OGG", "rf64": "RF64"}.get(kind, kind.upper())
    soundfile.write(path, wave, rate, format=container, subtype=subtype)
    return path


def _written(folder: Path, rest: str) -> Path:
    suffix, subtype = rest.split()
    rate = 48000 if suffix == "opus" else RATE
    return _write(folder / f"song.{suffix}", tone(rate=rate), subtype, rate)


def _format(folder: Path, rest: str) -> None:
    hear(_written(folder, rest), "good")


def _truncated(folder: Path, rest: str) -> None:
    path = _written(folder, rest)
    data = path.read_bytes()
    for share in (0.001, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(data[: int(len(data) * share)])
        hear(path)


def _rate(folder: Path, rest: str) -> None:
    suffix, rate = rest.split()
    subtype = {"wav": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}[suffix]
    hear(_write(folder / f"song.{suffix}", tone(50.0, rate=int(rate)), subtype, int(rate)), "good")


def _channels(folder: Path, rest: str) -> None:
    wave = np.stack([tone(seed=number) for number in range(int(rest))], axis=1)
    hear(_write(folder / "song.wav", wave), "good")


def _length(folder: Path, rest: str) -> None:
    samples = int(rest)
    path = _write(folder / "song.wav", tone(seconds=samples / RATE)[:samples])
    hear(path, "good" if samples >= 0.1 * RATE else "bad")


def _content(folder: Path, rest: str) -> None:
    suffix, _, name = rest.partition(" ")
    change, wanted = CONTENTS[name]
    hear(_write(folder / f"song.{suffix}", np.clip(change(tone()), -1, 1)), wanted)


def _float(folder: Path, rest: str) -> None:
    change, wanted = FLOATS[rest]
    hear(_write(folder / "song.wav", change(tone()), "DOUBLE" if rest == "denormal" else "FLOAT"), wanted)


def _foreign(folder: Path, rest: str) -> None:
    for suffix in ("wav", "mp3", "au", "flac", "ogg"):
        path = folder / f"song.{suffix}"
        path.write_bytes(FOREIGN[rest])
        hear(path, "bad")


def _suffix(folder: Path, rest: str) -> None:
    name, _, inside = rest.partition(" for ")
    subtype = {"ogg": "VORBIS"}.get(inside, "PCM_16")
    path = _write(folder / ("song" if name == "none" else f"song.{name}"), tone(), subtype, suffix=inside or "wav")
    hear(path, "any" if name == "raw" else "good")


WAYS = {
    "format": _format,
    "truncated": _truncated,
    "rate": _rate,
    "channels": _channels,
    "length": _length,
    "content": _content,
    "float": _float,
    "foreign": _foreign,
    "suffix": _suffix,
}
