"""Artists and titles from the names of folders or the tags of audio files."""

import logging
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from gtzan.errors import UserError

log = logging.getLogger(__name__)
_NO_ARTIST = ("", "unknown", "unknown artist", "various", "various artists", "va", "<unknown>")


class ArtistFacts(NamedTuple):
    """What is known of a track: its artist, the group that splits keep on one side, and its title.

    The fields are those of :class:`gtzan.corpora.corpus.Track`.
    """

    artist: str | None
    group: str | None
    title: str | None


def artists_by_path(root: Path, paths: list[Path], names: dict[Path, str], source: str) -> dict[str, ArtistFacts]:
    """Artist, group and title of each track that has an artist, by its name.

    Args:
        root: holds the genres' folders.
        paths: the tracks' files.
        names: the tracks' names.
        source: ``folders`` (``<genre>/<artist>/…/<file>``) or ``tags``.

    Raises:
        UserError: no track has an artist there.
    """
    if source == "folders":
        below = [path.relative_to(root).parts for path in paths]
        found = [(parts[1] if len(parts) > 2 else "", "") for parts in below]
        missing = f"no file in {root} lies in a folder of its artist, <genre>/<artist>/…"
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(_tags, paths))
        missing = f"no file in {root} has an artist in its tags"
    facts = {
        names[path]: ArtistFacts(artist, group_of(artist), title or None)
        for path, (artist, title) in zip(paths, found, strict=True)
        if group_of(artist)
    }
    if not facts:
        raise UserError(f"data.groups={source}: {missing}.")
    artists = len({fact.group for fact in facts.values()})
    log.info("%s: %d artists of %d tracks, taken from the %s", root, artists, len(facts), source)
    return facts


def _tags(path: Path) -> tuple[str, str]:
    """Artist and title as libsndfile reads them, empty where it finds none: of WAV, FLAC, Ogg, MP3 and AIFF."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            return file.artist.strip(), file.title.strip()
    except (OSError, soundfile.SoundFileError, RuntimeError, TypeError):  # a broken file is named when it is decoded
        return "", ""


def group_of(artist: str) -> str | None:
    """An artist's name without differences of case, spacing and Unicode form; ``None`` for "Various Artists" etc."""
    key = " ".join(unicodedata.normalize("NFC", artist).casefold().split())
    return None if key in _NO_ARTIST else key
