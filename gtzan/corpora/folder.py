"""A corpus from a folder of songs: one folder per genre, artists from folders, tags or a table."""

import csv
import logging
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from gtzan.audio.formats import AUDIO_SUFFIXES, FFMPEG_SUFFIXES
from gtzan.corpora.artists import ArtistFacts, artists_by_path, group_of
from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.gtzan import is_composed, named
from gtzan.corpora.walk import genre_files
from gtzan.errors import UserError

log = logging.getLogger(__name__)

_TRACK_COLUMNS = ("track", "file")
_GROUP_COLUMNS = ("artist", "group")
_UNKNOWN = ArtistFacts(None, None, None)


def folder_corpus(root: str | Path, groups: str | None = None, name: str | None = None) -> Corpus:
    """Take each folder in ``root`` as a genre and each audio file anywhere below it as a track.

    Tracks are named by their file's stem; where two files share a stem, all tracks by their path below ``root``,
    without the suffix. ``song.wav`` beside ``song.mp3`` is one track: the first of ``AUDIO_SUFFIXES`` is taken, the
    other named in the log. Hidden files and files other than audio are passed over; audio that cannot be used is named
    in the log. Linked folders are followed.

    Args:
        root: holds ``<genre>/**/<file>``.
        groups: where artists are known from, who stay on one side of artist-aware splits. ``folders``: the folders
            ``<genre>/<artist>/``; ``tags``: the files' tags; else a CSV file with a header, relative to the working
            directory or to ``root``: column ``track`` (or ``file``: a track's name, file name or path below ``root``),
            column ``artist`` (or ``group``) and, if known, ``title``.
        name: for titles and metrics; the folder's own by default.

    Raises:
        UserError: no such folder, no audio in it, a single genre, or a CSV file that does not fit the tracks.
    """
    root = Path(root).expanduser()
    files = _usable_files(root)
    _warn_of_numbers(root, list(files))
    paths, doubles = one_per_stem([path for members in files.values() for path in members])
    if doubles:
        text = "%s: %d files are left out, the same tracks are there in another format: %s"
        log.warning(text, root, len(doubles), named(list(doubles), root))
    names = track_names(root, paths)
    if groups in ("folders", "tags"):
        facts = artists_by_path(root, paths, names, groups)
    else:
        names_in_table = names | {path: names[kept] for path, kept in doubles.items()}
        facts = _read_groups(_find_table(groups, root), _keys(root, names_in_table)) if groups else {}
    tracks = [
        Track(name=names[path], genre=genre, path=path, **facts.get(names[path], _UNKNOWN)._asdict())
        for genre, members in files.items()
        for path in members
        if path in names
    ]
    unknown = sum(track.group is None for track in tracks)
    if groups and unknown:
        text = "data.groups=%s names no artist for %d of %d tracks: artists are not kept apart"
        log.warning(text, groups, unknown, len(tracks))
    return Corpus(
        name=name or root.resolve().name,
        tracks=tuple(sorted(tracks, key=lambda track: track.name)),
        root=root,
        synthetic=is_composed(root),
        default_split="80/20" if unknown else "artist",
    )


def _usable_files(root: Path) -> dict[str, tuple[Path, ...]]:
    """The audio files of each genre; those that cannot be used are named in the log, with the reason.

    Raises:
        UserError: a genre whose files are all of no use: it must not vanish from the classifier unsaid.
    """
    found = genre_files(root)
    reasons = defaultdict(list)
    for files in found.values():
        for path, reason in files.left_out.items():
            reasons[reason].append(path)
    for reason, paths in reasons.items():
        log.warning("%s: %d left out (%s): %s", root, len(paths), reason, named(paths, root))
    for genre, files in found.items():
        if not files.usable:
            path, reason = next(iter(files.left_out.items()))
            raise UserError(f"No file of the genre {genre} can be used: {path.relative_to(root)} ({reason}).")
    return {genre: files.usable for genre, files in found.items()}


def one_per_stem(paths: list[Path]) -> tuple[list[Path], dict[Path, Path]]:
    """Choose one of the files that differ in their suffix only: the first in the order of ``AUDIO_SUFFIXES``.

    Returns:
        The files to use, and for each of the others the one that is used for it.
    """
    suffixes = AUDIO_SUFFIXES + FFMPEG_SUFFIXES
    best: dict[Path, Path] = {}
    for path in sorted(paths, key=lambda path: suffixes.index(path.suffix.lower())):
        best.setdefault(path.with_suffix(""), path)
    doubles = {path: best[path.with_suffix("")] for path in paths if best[path.with_suffix("")] != path}
    return [path for path in paths if path not in doubles], doubles


def _warn_of_numbers(root: Path, folders: list[str]) -> None:
    if looks_numbered(folders):
        text = "%s: the folders %s … are taken for genres, but look like parts of a numbered archive such as FMA's: %s"
        log.warning(text, root, ", ".join(folders[:3]), "sort the files into one folder per genre")


def looks_numbered(folders: list[str]) -> bool:
    """Whether folders are numbered ``000``, ``001`` …, as FMA's are, where decades such as ``1980`` are not."""
    return bool(folders) and all(re.fullmatch(r"\d{3}", name) for name in folders) and folders[0].startswith("0")


def track_names(root: Path, paths: list[Path]) -> dict[Path, str]:
    """One scheme for all tracks, the shortest that tells them apart, so that names look alike."""
    relative = {path: path.relative_to(root) for path in paths}
    for name_of in (lambda path: path.stem, lambda path: path.with_suffix("").as_posix()):
        names = {path: name_of(below) for path, below in relative.items()}
        if len(set(names.values())) == len(names):
            return names
    return {path: below.as_posix() for path, below in relative.items()}


def _keys(root: Path, names: dict[Path, str]) -> dict[str, set[str]]:
    """Everything that a table may call a track, mapped to the names of the tracks that it may mean."""
    keys = defaultdict(set)
    for path, name in names.items():
        below = path.relative_to(root)
        for key in (name, below.as_posix(), below.with_suffix("").as_posix(), path.name, path.stem):
            keys[_normal(key)].add(name)
    return keys


def _find_table(groups: str, root: Path) -> Path:
    for path in (Path(groups).expanduser(), root / groups):
        if path.is_file():
            return path
    raise UserError(f"data.groups={groups}: there is no such file, neither here nor in {root}.")


def _read_groups(table: Path, keys: dict[str, set[str]]) -> dict[str, ArtistFacts]:
    """Artist, group and title by track name.

    Raises:
        UserError: not CSV, a column is missing, or a row names no track, several, or one that another row has.
    """
    try:
        with open(table, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{table} cannot be read as CSV in UTF-8: {error}.") from error
    track_column = next((column for column in _TRACK_COLUMNS if column in columns), None)
    group_column = next((column for column in _GROUP_COLUMNS if column in columns), None)
    if track_column is None or group_column is None:
        raise UserError(
            f"{table} needs the columns track and artist, separated by commas; it has: {', '.join(columns)}."
        )

    facts: dict[str, ArtistFacts] = {}
    unknown = []
    for row in rows:
        key = (row[track_column] or "").strip()
        meant = keys.get(_normal(key.removeprefix("./")), set())
        if not meant:
            unknown.append(key or "an empty name")
            continue
        if len(meant) > 1:
            raise UserError(f"{table}: {key} may mean {' or '.join(sorted(meant))}: give its path below the root.")
        name = next(iter(meant))
        if name in facts:
            raise UserError(f"{table} has two rows for the track {name}: remove one.")
        cells = {
            column: (row.get(column) or "").strip() or None for column in (group_column, "group", "artist", "title")
        }
        facts[name] = ArtistFacts(cells["artist"], group_of(cells["group"] or cells["artist"] or ""), cells["title"])
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise UserError(f"{table} names tracks that are not there: {', '.join(unknown[:3])}{more}.")
    return facts


def _normal(key: str) -> str:
    """macOS stores é as two characters, spreadsheets write one."""
    return unicodedata.normalize("NFC", key)
