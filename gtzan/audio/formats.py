"""Which files are audio, and which of them can be read here."""

import os
import shutil
import stat
from functools import cache
from pathlib import Path

from gtzan.errors import reason_of

AUDIO_SUFFIXES = (
    *(".wav", ".flac", ".au", ".ogg", ".mp3", ".aiff", ".aif", ".opus", ".oga", ".snd", ".caf", ".w64"),
    *(".aifc", ".mp2"),
)
"""What libsndfile decodes. Earlier ones win where a track is there in several formats: lossless before lossy."""

FFMPEG_SUFFIXES = (
    *(".wv", ".ape", ".tta", ".m4a", ".m4b", ".mp4", ".aac", ".mka", ".webm", ".wma", ".mpc"),
    *(".ac3", ".amr", ".3gp"),
)
"""Audio that only the program ffmpeg decodes, where it is installed."""

_SIGNATURES = {
    b"RIFF": ".wav",
    b"fLaC": ".flac",
    b"OggS": ".ogg",
    b"ID3": ".mp3",
    b"\xff\xfb": ".mp3",
    b"\xff\xf3": ".mp3",
    b".snd": ".au",
    b"FORM": ".aiff",
    b"caff": ".caf",
    b"wvpk": ".wv",
    b"MAC ": ".ape",
    b"\x1aE\xdf\xa3": ".mka",
    b"0&\xb2u\x8ef\xcf\x11": ".wma",
}
"""How files of a format begin."""

_KINDS = {stat.S_IFIFO: "a FIFO", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


@cache
def ffmpeg() -> str | None:
    """The path of the program ffmpeg; ``None`` where it is not installed."""
    return shutil.which("ffmpeg")


def is_named_like_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES + FFMPEG_SUFFIXES


def is_readable_format(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in AUDIO_SUFFIXES or (suffix in FFMPEG_SUFFIXES and ffmpeg() is not None)


def special_file_reason(path: str | os.PathLike) -> str | None:
    """Why a path, links followed, is no regular file, which reading would hang on; ``None`` for a regular file.

    Raises:
        OSError: there is no such file, or the file system does not answer.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode):
        return None
    return "a directory" if stat.S_ISDIR(mode) else f"{_KINDS.get(stat.S_IFMT(mode), 'special')}, not a regular file"


def unusable_reason(path: Path) -> str | None:
    """Why a file that is named like audio cannot be one of a corpus; ``None`` for a regular file in a known format.

    Raises:
        OSError: the file system does not answer; a link that leads nowhere is a reason, not an error.
    """
    try:
        reason = special_file_reason(path)
    except OSError as error:
        if path.is_symlink() and not isinstance(error, PermissionError):
            return f"a link that leads nowhere ({reason_of(error)})"
        raise
    if reason or is_readable_format(path):
        return reason
    return needs_ffmpeg(path)


def needs_ffmpeg(path: str | os.PathLike) -> str:
    suffix = os.path.splitext(path)[1].lower()
    return f"{suffix} is not read without ffmpeg: install ffmpeg or convert to .flac"


def suffix_by_content(path: Path) -> str | None:
    """The suffix that a regular file without any should have, going by its first bytes; ``None`` if it is no audio."""
    try:
        if special_file_reason(path):
            return None
        with open(path, "rb") as file:
            start = file.read(12)
    except OSError:
        return None
    if start.startswith(b"RIFF") and start[8:] != b"WAVE":  # such as .avi
        return None
    if start[4:8] == b"ftyp":
        return ".m4a"
    return next((suffix for signature, suffix in _SIGNATURES.items() if start.startswith(signature)), None)
