"""A corpus from a CSV file that lists audio files with their genres and, if known, artists and parts of a split."""

import logging
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from csv import DictReader, Error
from io import StringIO
from pathlib import Path

from gtzan.audio.formats import is_named_like_audio, unusable_reason
from gtzan.corpora.artists import group_of
from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.folder import track_names
from gtzan.corpora.gtzan import is_composed
from gtzan.errors import UserError, reason_of

log = logging.getLogger(__name__)

NEEDED, OPTIONAL = ("path", "genre"), ("artist", "title", "split")  # columns
PARTS = {"train": "train", "training": "train", "valid": "valid", "validation": "valid", "val": "valid", "test": "test"}
"""What tables call the parts of a split."""


def table_corpus(csv: str | Path, root: str | Path | None = None, name: str | None = None) -> Corpus:
    """Take each row of a CSV file as a track.

    The file is in UTF-8 and has a header; its columns are divided by commas, semicolons or tabs. Columns ``path`` and
    ``genre`` are needed. Of the others, ``artist`` keeps artists on one side of artist-aware splits, ``title`` is
    shown, and ``split`` (``train``, ``valid``, ``test``, or empty for tracks to leave out) is what
    ``split=predefined`` takes. Further columns are passed over.

    Args:
        csv: the file.
        root: the folder that paths are relative to; the file's own by default.
        name: for titles and metrics; the file's stem by default.

    Raises:
        UserError: the file or a row of it cannot be used; the message names the line.
    """
    csv = Path(csv).expanduser()
    folder = (Path(root).expanduser() if root else csv.parent).absolute()
    rows = list(_rows(csv))
    lines: dict[Path, int] = {}
    for line, row in rows:
        path = Path(os.path.normpath(folder / _needed(csv, line, row, "path")))
        _check_audio(csv, line, path)
        if path in lines:
            raise UserError(f"{csv}, line {line}: {path} stands in line {lines[path]}, too: remove one of them.")
        lines[path] = line
    if not rows:
        raise UserError(f"{csv} lists no track: expected a row for each, below the header path,genre.")
    try:
        base = Path(os.path.commonpath([folder, *(path.parent for path in lines)]))
    except ValueError:
        raise UserError(f"{csv}: its tracks lie on several drives; move them to one.") from None
    names = track_names(base, list(lines))
    tracks = [
        Track(
            name=names[path],
            genre=_needed(csv, line, row, "genre"),
            path=path,
            artist=row["artist"] or None,
            title=row["title"] or None,
            group=group_of(row["artist"]),
            published=_part(csv, line, row["split"]),
        )
        for (line, row), path in zip(rows, lines, strict=True)
    ]
    if len(genres := {track.genre for track in tracks}) < 2:
        raise UserError(f"{csv} has one genre only ({genres.pop()}): a classifier needs at least two.")
    spellings = defaultdict(list)
    for genre in sorted(genres):
        spellings[re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", genre).casefold())].append(genre)
    for alike in spellings.values():
        if len(alike) > 1:
            log.warning("%s: %s are different genres, because they are spelt differently", csv, " and ".join(alike))
    return Corpus(
        name=name or csv.stem,
        tracks=tuple(sorted(tracks, key=lambda track: track.name)),
        root=base,
        synthetic=any(is_composed(folder) for folder in {path.parent.parent for path in lines}),
        default_split=default_split(tracks),
    )


def default_split(tracks: list[Track]) -> str:
    """The predefined parts where there are any, artists kept apart where all are known, else a random split."""
    if any("predefined" in track.published for track in tracks):
        return "predefined"
    return "80/20" if any(track.group is None for track in tracks) else "artist"


def _rows(csv: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of each row, by the names of their columns in lower case; empty ones where it has none."""
    try:
        content = csv.read_bytes()
    except OSError as error:
        raise UserError(f"data.csv={csv} cannot be read: {reason_of(error)}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{csv}, line {line}: not valid UTF-8; save the table as CSV in UTF-8.") from error
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = DictReader(StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        columns = {column: column.strip().lower() for column in reader.fieldnames or []}
        for column in NEEDED:
            if column not in columns.values():
                has = ", ".join(columns) or "nothing"
                raise UserError(f"{csv}, line 1: there is no column {column}; the header has {has}.")
        names = [name.strip().lower() for name in reader.fieldnames or []]
        if twice := [name for name in (*NEEDED, *OPTIONAL) if names.count(name) > 1]:
            raise UserError(f"{csv}, line 1: there are {names.count(twice[0])} columns {twice[0]}; leave one.")
        for row in reader:
            if None in row:
                raise UserError(
                    f"{csv}, line {reader.line_num}: more cells than the header has columns; put a cell that holds the "
                    "separator in double quotes."
                )
            cells = {columns[column]: cell.strip() for column, cell in row.items()}
            yield reader.line_num, dict.fromkeys(OPTIONAL, "") | cells
    except Error as error:
        raise UserError(f"{csv}, line {reader.line_num}: no CSV ({error}).") from error


def _needed(csv: Path, line: int, row: dict[str, str], column: str) -> str:
    if not row[column]:
        raise UserError(f"{csv}, line {line}: the {column} is missing.")
    return row[column]


def _check_audio(csv: Path, line: int, path: Path) -> None:
    try:
        reason = unusable_reason(path) if is_named_like_audio(path) else "not named like an audio file"
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
    if reason:
        raise UserError(f"{csv}, line {line}: {path} cannot be used: {reason}.")


def _part(csv: Path, line: int, cell: str) -> dict[str, str | int]:
    """``published`` of a track; empty where the table leaves it out of the split."""
    if not cell:
        return {}
    if cell.lower() not in PARTS:
        raise UserError(f"{csv}, line {line}: split {cell} is not known: write train, valid or test.")
    return {"predefined": PARTS[cell.lower()]}
