"""Corpora: tracks, each with a genre and, where known, an artist."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from gtzan.audio.formats import is_named_like_audio
from gtzan.errors import UserError


@dataclass(frozen=True)
class Track:
    """One audio file and the facts known about it.

    Attributes:
        name: unique within the corpus, such as ``blues.00000``.
        genre: its class.
        path: the audio file; may be absent on a machine that has only the features.
        artist, title: for people to read; ``None`` where unknown.
        group: tracks with the same group (artist) stay on one side of an artist-aware split; ``None`` where unknown.
        published: the part or fold that published protocols put it in, by the protocol's name, such as
            ``{"fault_filtered": "train", "artist": 2}``; a protocol that leaves the track out has no entry.
        recording: equal for tracks that are the same recording, which stay on one side of every random split;
            ``None`` if not checked.
    """

    name: str
    genre: str
    path: Path
    artist: str | None = None
    title: str | None = None
    group: str | None = None
    published: dict[str, str | int] = field(default_factory=dict)
    recording: str | None = None


@dataclass(frozen=True)
class Corpus:
    """A named, ordered list of tracks.

    Attributes:
        name: appears in every log, metrics file, figure title and report.
        tracks: sorted by name.
        root: the folder with the tracks.
        synthetic: whether this is composed music; every result on it is then labelled "synthetic music".
        default_split: the protocol used where the user names none.

    Raises:
        UserError: no track, a single genre, or two tracks of one name.
    """

    name: str
    tracks: tuple[Track, ...]
    root: Path
    synthetic: bool = False
    default_split: str = "80/20"

    def __post_init__(self) -> None:
        if not self.tracks:
            raise no_audio(self.root)
        if len(self.genres) < 2:
            raise UserError(f"{self.root} holds one genre only ({self.genres[0]}): a classifier needs at least two.")
        twice = [name for name, n in Counter(t.name for t in self.tracks).items() if n > 1]
        if twice:
            raise UserError(f"{self.root} holds two tracks named {twice[0]}: rename one of the files.")

    @cached_property
    def genres(self) -> tuple[str, ...]:
        """Class names in alphabetical order: the order of every logit, probability and matrix row."""
        return tuple(sorted({t.genre for t in self.tracks}))

    def only(self, genres: Sequence[str] | None) -> "Corpus":
        """The tracks of some genres; of all for ``None``.

        Raises:
            UserError: a genre that the corpus does not have, or a single one.
        """
        if genres is None:
            return self
        several = isinstance(genres, Sequence) and not isinstance(genres, str)
        wanted = set()
        for value in genres if several else [genres]:
            genre = find_genre(value, self.genres)
            if genre is None:
                choice = ", ".join(self.genres)
                raise UserError(f"genres={genre_text(value)}: {self.name} has no such genre: choose from {choice}.")
            wanted.add(genre)
        if len(wanted) < 2:
            raise UserError(f"genres=[{','.join(wanted)}]: a classifier needs at least two.")
        return replace(self, tracks=tuple(t for t in self.tracks if t.genre in wanted))

    @property
    def label(self) -> str:
        """The name for titles and tables, which says so when the music is synthetic."""
        return f"{self.name} (synthetic music)" if self.synthetic else self.name


def genre_text(value: object) -> str:
    """How a genre was typed that Hydra has read as a number, ``null`` or ``true``."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def find_genre(value: object, known: Sequence[str]) -> str | None:
    """The one of the known genres that a typed value names; ``None`` if it names none.

    Folders may be called ``1980``, ``1e3``, ``null`` or ``True``, which Hydra reads as numbers and constants.
    """
    text = genre_text(value)
    if text in known:
        return text
    return next((genre for genre in known if _as_read(text) == _as_read(genre) is not None), None)


def _as_read(text: str) -> str | float | None:
    """What a name is to Hydra that it does not take for text."""
    if text.lower() in ("null", "true", "false", "nan", "inf", "-inf"):
        return text.lower()
    try:
        return float(text)
    except ValueError:
        return None


def no_audio(root: Path) -> UserError:
    """The error for a folder without a genre's folder of audio files, which says where files lie instead."""
    if root.is_dir() and any(map(is_named_like_audio, root.iterdir())):
        return UserError(
            f"{root} holds audio files itself, in no genre's folder: is it one genre of {root.resolve().parent}? A "
            "corpus is a folder of genres, each a folder of songs: <genre>/<song>.mp3."
        )
    return UserError(f"No audio file found in {root}: a corpus is a folder of genres: {root}/<genre>/<song>.mp3.")
