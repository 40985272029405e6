"""The genre in the tags of audio files, by mutagen (extra ``tags``): ID3 (MP3, WAV, AIFF), Vorbis comments, MP4, …"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gtzan.errors import UserError, reason_of
from gtzan.files import replace_atomically


def require_mutagen(option: str) -> None:
    """Raises a :class:`UserError` where the library is not installed."""
    if find_spec("mutagen") is None:
        raise UserError(f"{option} needs the library mutagen: pip install 'gtzan[tags]'.")


def read_genres(path: Path) -> list[str]:
    """The genres in a file's tags; empty where it has none.

    Raises:
        UserError: its tags cannot be read, or its format has no genre.
    """
    audio = _open(path, path)
    if _has_id3(audio):
        return [genre for frame in (audio.tags or {}).values() if frame.FrameID == "TCON" for genre in frame.genres]
    try:
        return [str(genre) for genre in (audio.tags or {}).get(_key(audio)) or []]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: the tags of its format ({type(audio).__name__}) have no genre.") from error


def write_genres(path: Path, genres: list[str]) -> None:
    """Set the genres in a file's tags, or remove them if there are none; nothing else in the tags changes.

    A copy is changed and then renamed, so that a kill leaves the old file or the new.

    Raises:
        UserError: the file or its tags cannot be read or written.
    """
    path = path.resolve()  # of a link, the file that it points to
    kind = type(_open(path, path))  # the copy's name does not say it

    def write(file) -> None:
        with path.open("rb") as source:
            shutil.copyfileobj(source, file)
        file.flush()
        copy = Path(file.name)
        _set(kind, genres, copy, path)
        shutil.copymode(path, copy)

    try:
        replace_atomically(path, write)
    except OSError as error:
        raise UserError(f"{path}: the tags cannot be written ({reason_of(error)}).") from error


def _set(kind: type, genres: list[str], path: Path, named: Path) -> None:
    import mutagen

    try:
        audio = kind(path)
        if _has_id3(audio) and audio.tags is not None and audio.tags.version[:2] == (2, 3):
            audio = kind(path, translate=False)  # to 2.4 and back, some frames would be lost
        if audio.tags is None:
            audio.add_tags()
        if not _has_id3(audio):
            key = _key(audio)
            if genres:
                audio.tags[key] = genres
            elif key in audio.tags:
                del audio.tags[key]
            audio.save(path)
            return
        from mutagen.id3 import TCON

        audio.tags.delall("TCON")
        if genres:
            audio.tags.add(TCON(encoding=1, text=genres))  # UTF-16, which every version knows
        # The version of the tags stays: many players do not read 2.4.
        version = 3 if audio.tags.version[:2] == (2, 3) else 4
        audio.save(path, v2_version=version, v23_sep=None)  # several values stay several
    except (mutagen.MutagenError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{named}: its genre cannot be written ({error}).") from error


def _open(path: Path, named: Path) -> Any:
    """mutagen's file, with keys of their own kind for ID3 and easy ones for the others."""
    import mutagen

    try:
        audio = mutagen.File(path)
        if audio is not None and not _has_id3(audio):
            audio = mutagen.File(path, easy=True)
    except Exception as error:  # a parser of files from anywhere: whatever it raises means this
        raise UserError(f"{named}: its tags cannot be read ({type(error).__name__}).") from error
    if audio is None:
        raise UserError(f"{named}: its tags cannot be read: mutagen does not know the format.")
    return audio


def _key(audio: Any) -> str:
    """Of the genre in a file's tags that are not ID3."""
    from mutagen.asf import ASF

    return "WM/Genre" if isinstance(audio, ASF) else "genre"


def _has_id3(audio: Any) -> bool:
    from mutagen.aiff import AIFF
    from mutagen.id3 import ID3FileType
    from mutagen.wave import WAVE

    return isinstance(audio, ID3FileType | AIFF | WAVE)
