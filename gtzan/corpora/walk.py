"""The audio files below a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gtzan.audio.formats import is_named_like_audio, suffix_by_content, unusable_reason
from gtzan.errors import UserError, reason_of


@dataclass(frozen=True)
class AudioFiles:
    """What a walk found.

    Attributes:
        usable: regular files in formats that can be read here, sorted.
        left_out: why the other audio files, and folders that may not be listed, are not among them.
    """

    usable: tuple[Path, ...]
    left_out: dict[Path, str]


def audio_files(folder: Path, outside: Path | None = None) -> AudioFiles:
    """Find the audio files at any depth below ``folder``, hidden ones aside.

    Links to folders are followed, each folder once: two links to one album give its files once, and a link to
    ``outside``, a folder above, is a circle.

    Raises:
        UserError: the file system does not answer: half of a folder must not pass for the whole.
    """
    usable: list[Path] = []
    left_out: dict[Path, str] = {}
    with _errors_named(folder):
        for path in _visible_files(folder, outside, left_out):
            if is_named_like_audio(path):
                if reason := unusable_reason(path):
                    left_out[path] = reason
                else:
                    usable.append(path)
            elif not path.suffix and (suffix := suffix_by_content(path)):
                left_out[path] = f"audio without a suffix: rename it to end in {suffix}"
    return AudioFiles(tuple(sorted(usable)), dict(sorted(left_out.items())))


def genre_files(root: Path) -> dict[str, AudioFiles]:
    """The audio files below each folder in ``root``, without folders that hold none.

    Raises:
        UserError: ``root`` is not a folder, the file system does not answer, or a name of a usable file is not valid
            UTF-8 and could not be written to a table.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not a folder: expected a folder of songs, {root}/<genre>/<file>.")
    with _errors_named(root):
        folders = [entry for entry in sorted(root.iterdir()) if not entry.name.startswith(".") and _is_folder(entry)]
    genres = {}
    for folder in folders:
        found = audio_files(folder, outside=root)
        if found.usable or found.left_out:
            genres[folder.name] = found
        for path in found.usable:
            if not _is_text(str(path.relative_to(root))):
                raise UserError(f"{root} holds a file whose name is not valid UTF-8: rename {os.fsencode(path)!r}.")
    return genres


def _is_folder(entry: Path) -> bool:
    """Whether this is a genre's folder, or a link to one that is away, which has to be named."""
    return entry.is_dir() or (entry.is_symlink() and not entry.suffix and not entry.exists())


def _visible_files(folder: Path, outside: Path | None, left_out: dict[Path, str]) -> Iterator[Path]:
    if not folder.exists():
        left_out[folder] = "a link that leads nowhere"
        return
    seen = {_identity(above) for above in (folder, outside) if above}

    def refused(error: OSError) -> None:
        if not isinstance(error, PermissionError):
            raise error
        left_out[Path(error.filename)] = "a folder that may not be read (permission denied)"

    for here, folders, members in os.walk(folder, onerror=refused, followlinks=True):
        inside = []
        for name in sorted(folders):
            identity = _identity(Path(here, name))
            if not name.startswith(".") and identity not in seen:
                seen.add(identity)
                inside.append(name)
        folders[:] = inside
        yield from (Path(here, name) for name in members if not name.startswith("."))


@contextmanager
def _errors_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{error.filename or folder} cannot be read ({reason_of(error)}): "
            "make it readable or remove it, then try again."
        ) from error


def _identity(folder: Path) -> tuple[int, int]:
    facts = folder.stat()
    return facts.st_dev, facts.st_ino


def _is_text(name: str) -> bool:
    """Whether a name can be written as UTF-8: Python reads undecodable bytes in names as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
