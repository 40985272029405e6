"""The built-in corpus: composed music in ten genres, for machines without a data set."""

import io
import json
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import soundfile
from filelock import FileLock
from tqdm import tqdm

from gtzan.corpora.composer.artist import artist_of
from gtzan.corpora.composer.render import SAMPLE_RATE, Studio
from gtzan.corpora.composer.song import title_of
from gtzan.corpora.composer.styles import STYLES
from gtzan.corpora.corpus import Corpus, Track
from gtzan.errors import UserError, reason_of
from gtzan.files import PART, write_atomically, write_json

log = logging.getLogger(__name__)

# To be raised whenever the same seed no longer gives the same music: old and new files must not be mixed.
VERSION = 1

_SETTINGS = "composer.json"


def builtin_corpus(
    root: str | os.PathLike,
    tracks_per_genre: int,
    seconds: float,
    seed: int = 0,
    genres: list[str] | None = None,
    check: Callable[[Corpus], object] | None = None,
) -> Corpus:
    """The built-in corpus under ``root``; composes the tracks that are not there yet.

    Leaves ``root/blues/blues.00000.wav`` (16 bit, 22 050 Hz, mono, ``round(seconds · 22050)`` samples) and the
    composition as ``blues.00000.mid`` beside it. A killed run is resumed; two processes do the work once. Track 7 is
    the same whether 10 or 100 are composed, and asking for fewer tracks than there are deletes nothing.

    Args:
        tracks_per_genre: at least 1; five at a time share an artist.
        seconds: length of each track.
        genres: some of the ten; all by default.
        check: called with the corpus before anything is composed, to refuse what is to be done with it.

    Raises:
        UserError: a value out of range, an unknown genre, the soundfont is missing, ``root`` holds music composed with
            other settings or not composed here at all, or its disk is full.
    """
    root = Path(root)
    genres = sorted(set(STYLES if genres is None else genres))
    _check(tracks_per_genre, seconds, seed, genres)
    tracks = [_track(root, seed, genre, index) for genre in genres for index in range(tracks_per_genre)]
    corpus = Corpus("built-in corpus", tuple(tracks), root, synthetic=True, default_split="artist")
    if check:
        check(corpus)
    settings = {"version": VERSION, "seed": seed, "seconds": float(seconds)}
    try:
        if (root / _SETTINGS).exists():
            _claim(root, settings)  # without the lock, which a folder that may only be read has no place for
        if not (root / _SETTINGS).exists() or not all(map(_done, tracks)):
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(root / "composer.lock"):
                _claim(root, settings)
                for leftover in root.glob(f"*/.*{PART}"):  # of a killed process
                    leftover.unlink()
                _compose([track for track in tracks if not _done(track)], seed, seconds)
    except OSError as error:
        raise UserError(
            f"Cannot compose to {root} ({reason_of(error)}): make room there or choose another "
            "folder. Finished tracks are kept; the same command goes on."
        ) from error
    return corpus


def _check(tracks_per_genre: int, seconds: float, seed: int, genres: list[str]) -> None:
    if tracks_per_genre < 1:
        raise UserError(f"tracks_per_genre={tracks_per_genre}: the built-in corpus needs at least 1 track per genre.")
    if not 0.5 <= seconds <= 3600:
        raise UserError(f"seconds={seconds}: a track of the built-in corpus lasts 0.5 to 3600 seconds.")
    if seed < 0:
        raise UserError(f"seed={seed}: the built-in corpus needs a seed of 0 or more.")
    unknown = [genre for genre in genres if genre not in STYLES]
    if unknown:
        raise UserError(f"The built-in corpus has no genre {unknown[0]!r}; it has {', '.join(STYLES)}.")
    if len(genres) < 2:
        raise UserError("The built-in corpus needs at least two genres.")


def _track(root: Path, seed: int, genre: str, index: int) -> Track:
    artist = artist_of(seed, genre, index)
    name = f"{genre}.{index:05d}"
    return Track(
        name=name,
        genre=genre,
        path=root / genre / f"{name}.wav",
        artist=artist.name,
        title=title_of(seed, genre, index),
        group=f"{genre}/{artist.number:03d} {artist.name}",
        recording=name,  # no song is composed twice
    )


def _claim(root: Path, settings: dict) -> None:
    """Note in ``root`` how its music is composed, or make sure that it was composed so."""
    path = root / _SETTINGS
    if not path.exists():
        if any(root.glob("*/*.wav")):
            raise UserError(
                f"{root} holds audio that was not composed here: choose another folder for the built-in corpus."
            )
        write_json(path, settings, indent=2)
    try:
        found = json.loads(path.read_text())
    except ValueError:
        found = None
    if found != settings:
        raise UserError(
            f"{root} was composed with other settings ({path} says {found}, asked for {settings}): "
            "choose another folder or delete that one."
        )


def _done(track: Track) -> bool:
    return track.path.is_file() and track.path.with_suffix(".mid").is_file()


def _compose(tracks: list[Track], seed: int, seconds: float) -> None:
    studio = Studio()
    log.info("Composing %d tracks of %g s", len(tracks), seconds)
    for folder in {track.path.parent for track in tracks}:
        folder.mkdir(exist_ok=True)

    # Threads, for the synthesizer and the transforms release the GIL; a worker process would import the world first.
    def compose(track: Track) -> None:
        index = int(track.name.rpartition(".")[2])
        take = studio.record(seed, track.genre, index, seconds)
        write_atomically(track.path.with_suffix(".mid"), take.midi)
        wav = io.BytesIO()  # in memory first, for libsndfile does not pass on the error of a full disk
        soundfile.write(wav, take.waveform, SAMPLE_RATE, format="WAV", subtype="PCM_16")
        write_atomically(track.path, wav.getvalue())

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(compose, track) for track in tracks]
        try:
            for future in tqdm(futures, desc="composing", unit="track", leave=False, disable=None):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
