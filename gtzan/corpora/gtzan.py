"""GTZAN: 1,000 excerpts of 30 s in ten genres, with published artists, splits and checksums."""

import csv
import logging
from functools import cache
from pathlib import Path

from gtzan.audio.formats import AUDIO_SUFFIXES, FFMPEG_SUFFIXES, is_named_like_audio, is_readable_format
from gtzan.corpora.corpus import Corpus, Track
from gtzan.errors import UserError

log = logging.getLogger(__name__)

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")

# The Marsyas archive, the Kaggle archive with and without its outer folder, and the genres laid bare.
_LAYOUTS = ("genres_original", "genres", "Data/genres_original", ".")


def gtzan_corpus(root: str | Path, name: str = "GTZAN") -> Corpus:
    """Find GTZAN under a folder and attach artist, title, artist group and the published splits to its tracks.

    Tracks are recognised by their file names (``blues/blues.00000.wav``). A partial copy is accepted, and its size
    logged. Files of other names are left out, and named in the log. Where a track is there in several formats, the
    first of ``AUDIO_SUFFIXES`` is taken.

    Args:
        root: holds ``genres_original/``, ``genres/`` or the ten genre folders themselves.
        name: for titles and metrics, where the audio is not the original.

    Raises:
        UserError: no such folder, no track of GTZAN in it, or music of the built-in composer.
    """
    root = Path(root).expanduser()
    folder = find_genres(root)
    if is_composed(folder):
        raise UserError(f"{folder} holds the built-in composer's music, not GTZAN: use data=builtin data.root={root}.")
    files, strays = gtzan_files(folder)
    if not files:
        raise UserError(
            f"None of the files in {folder} is named like a GTZAN track (blues/blues.00000.wav): "
            "use data=folder for other music."
        )
    if strays:
        log.warning(
            "%s: %d files are no readable GTZAN tracks and are left out: %s", folder, len(strays), named(strays, folder)
        )
    unused = [path for paths in files.values() for path in paths[1:]]
    if unused:
        log.warning("%s: these tracks are there in another format, too: %s", folder, named(unused, folder))
    table = gtzan_table()
    if len(files) < len(table):
        log.warning("%s holds %d of GTZAN's %d tracks", folder, len(files), len(table))
    tracks = tuple(_track(table[track], paths[0]) for track, paths in sorted(files.items()))
    return Corpus(name=name, tracks=tracks, root=folder, default_split="fault_filtered")


def find_genres(root: Path) -> Path:
    """The folder below ``root`` that holds the genre folders.

    Raises:
        UserError: there is none; the message says what is expected and how to get it.
    """
    for layout in _LAYOUTS:
        folder = root / layout
        if any((folder / genre).is_dir() for genre in GENRES):
            return folder
    problem = "holds no GTZAN" if root.is_dir() else "is not a folder"
    raise UserError(
        f"{root} {problem}: expected genres_original/, genres/ or the ten genre folders (blues/ … rock/) in it; "
        "`gtzan data fetch` gets GTZAN, data=folder takes other music."
    )


def is_composed(folder: Path) -> bool:
    """Whether the built-in composer wrote this folder: it names its files like GTZAN's, and must not pass for it."""
    return (folder / "composer.json").exists()


def gtzan_files(folder: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Sort the files of the ten genre folders into tracks and strays.

    Returns:
        The files of each track that is there, by its name, best format first; and the audio files that belong to no
        track: misnamed, in another genre's folder, or of a format that cannot be read.
    """
    table = gtzan_table()
    files: dict[str, list[Path]] = {}
    strays = []
    for genre in GENRES:
        for path in sorted((folder / genre).glob("*")):
            if path.name.startswith(".") or not is_named_like_audio(path):
                continue
            if is_readable_format(path) and table.get(path.stem, {}).get("genre") == genre:
                files.setdefault(path.stem, []).append(path)
            else:
                strays.append(path)
    for paths in files.values():
        paths.sort(key=lambda path: (AUDIO_SUFFIXES + FFMPEG_SUFFIXES).index(path.suffix.lower()))
    return files, strays


@cache
def gtzan_table() -> dict[str, dict[str, str]]:
    """The rows of ``gtzan_tracks.csv`` by track name; its columns and sources are described in ``gtzan_tracks.md``."""
    with open(Path(__file__).with_name("gtzan_tracks.csv"), encoding="utf-8", newline="") as file:
        return {row["track"]: row for row in csv.DictReader(file)}


def named(paths: list[Path], root: Path, most: int = 5) -> str:
    """The first few paths, relative to ``root``, and how many more there are: for log lines and errors."""
    shown = ", ".join(str(path.relative_to(root)) for path in paths[:most])
    return shown + (f" and {len(paths) - most} more" if len(paths) > most else "")


def _track(row: dict[str, str], path: Path) -> Track:
    published: dict[str, str | int] = {}
    if row["fault_filtered"]:
        published["fault_filtered"] = row["fault_filtered"]
    if row["artist_fold"]:
        published["artist"] = int(row["artist_fold"]) - 1
    return Track(
        name=row["track"],
        genre=row["genre"],
        path=path,
        artist=row["artist"] or None,
        title=row["title"] or None,
        group=row["artist_group"] or None,
        published=published,
        recording=row["sha256_wav"],  # 14 pairs of files are equal, in every copy that is not altered
    )
