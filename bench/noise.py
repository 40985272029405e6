"""Corpora and feature stores of any size, of noise: all that training, splits and checks ask for, and no audio."""

from pathlib import Path

import numpy as np

from gtzan.audio.encoders.registry import complete_settings
from gtzan.audio.settings import columns_of
from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.frames_file import checksum, write_frames
from gtzan.data.manifest import Manifest
from gtzan.files import replace_atomically

CLASSES, SECONDS, FRAMES = 10, 3.0, 129  # of each track
SHARD = 32  # tracks
PARTS = ("train", "train", "train", "valid", "test")


def corpus_of_noise(n: int) -> Corpus:
    """Tracks in ten genres: ten share an artist, and a hundredth repeats the recording of another."""
    root = Path("/noise")

    def track(i: int) -> Track:
        number, genre = i // CLASSES, f"genre {i % CLASSES}"
        name, artist = f"{i:06d}", f"artist {genre} {number // 10}"
        part = PARTS[number // 10 % len(PARTS)]
        return Track(
            name=name,
            genre=genre,
            path=root / genre / f"{name}.wav",
            artist=artist,
            title=name,
            group=artist,
            published={"predefined": part, "fault_filtered": part},
            recording=str(i - CLASSES if number % 100 == 99 else i),
        )

    return Corpus("noise", tuple(map(track, range(n))), root)


def write_store(folder: Path, n: int) -> None:
    """The features of such a corpus, of which a hundredth of the tracks is broken; every shard holds the same."""
    settings = complete_settings({"n_mfcc": 20})
    columns = max(span.stop for span in columns_of(settings).values())
    corpus = corpus_of_noise(n)
    lengths = [0 if i // CLASSES % 100 == 50 else FRAMES for i in range(n)]
    rows = [sum(lengths[i : i + SHARD]) for i in range(0, n, SHARD)]
    noise = np.random.default_rng(0).standard_normal((SHARD * FRAMES, columns), dtype=np.float32)
    sums = {count: checksum([noise[:count]]) for count in set(rows)}
    folder.mkdir()
    parts = (noise[:count] for count in rows)
    replace_atomically(folder / "frames.npy", lambda file: write_frames(file, parts, sum(rows), columns))
    broken = {track.name: "noise" for track, length in zip(corpus.tracks, lengths, strict=True) if not length}
    Manifest(corpus, lengths, broken, settings, rows, [sums[count] for count in rows]).write(folder / "store.json")
