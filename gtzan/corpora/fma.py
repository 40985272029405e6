"""FMA, the Free Music Archive's data set: clips of 30 s with its own metadata and split."""

import csv
import logging
from collections.abc import Iterator
from pathlib import Path

from gtzan.corpora.artists import group_of
from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.table import PARTS
from gtzan.errors import UserError, reason_of

log = logging.getLogger(__name__)

SUBSETS = ("small", "medium", "large", "full")
"""Each holds those before it."""
_COLUMNS = (
    *(("set", "split"), ("set", "subset")),
    *(("track", "genre_top"), ("track", "title"), ("artist", "id"), ("artist", "name")),
)


def fma_corpus(
    root: str | Path, metadata: str | Path = "fma_metadata", subset: str = "small", name: str | None = None
) -> Corpus:
    """Find the tracks of FMA that its ``tracks.csv`` gives a top genre, with artists and the published split.

    Defferrard et al., "FMA: A dataset for music analysis", ISMIR 2017. Its parts are ``split=predefined``, and share no
    artist. Tracks whose file is missing are counted in the log.

    Args:
        root: the folder of the audio, ``root/000/000002.mp3``.
        metadata: the folder of ``tracks.csv``, or that file.
        subset: ``small``, ``medium``, ``large`` or ``full``.
        name: for titles and metrics; ``FMA small`` etc. by default.

    Raises:
        UserError: ``tracks.csv`` is missing or another table, or no file of the subset is in ``root``.
    """
    if subset not in SUBSETS:
        raise UserError(f"data.subset={subset} is not known: choose {', '.join(SUBSETS)}.")
    root, table = Path(root).expanduser(), Path(metadata).expanduser()
    table = table / "tracks.csv" if table.is_dir() else table
    wanted = SUBSETS[: SUBSETS.index(subset) + 1]
    listed = [track for size, track in _tracks(table, root) if size in wanted]
    tracks = tuple(sorted((track for track in listed if track.path.is_file()), key=lambda track: track.name))
    if not tracks:
        raise UserError(
            f"None of the {len(listed)} tracks of FMA {subset} is in {root}: expected {root}/000/000002.mp3."
        )
    if len(tracks) < len(listed):
        log.warning("%s holds %d of the %d tracks of FMA %s that have a genre", root, len(tracks), len(listed), subset)
    return Corpus(name or f"FMA {subset}", tracks, root, default_split="predefined")


def _tracks(table: Path, root: Path) -> Iterator[tuple[str, Track]]:
    """Subset and facts of each track that has a top genre.

    The table has three rows of header: the kind of a column's facts, its name, and ``track_id`` above the first column.
    """
    try:
        with open(table, encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            header = list(zip(next(rows, []), next(rows, []), strict=False))
            if missing := [pair for pair in _COLUMNS if pair not in header]:
                raise UserError(f"{table} is no tracks.csv of FMA: it has no column {'.'.join(missing[0])}.")
            columns = [header.index(pair) for pair in _COLUMNS]
            next(rows, None)
            for row in rows:
                if not row or not row[0].isascii() or not row[0].isdigit() or len(row) != len(header):
                    raise UserError(f"{table}, line {rows.line_num}: no track of FMA.")
                part, size, genre, title, artist_id, artist = (row[column].strip() for column in columns)
                if genre:
                    number = f"{int(row[0]):06d}"
                    yield (
                        size,
                        Track(
                            name=number,
                            genre=genre,
                            path=root / number[:3] / f"{number}.mp3",
                            artist=artist or None,
                            title=title or None,
                            group=artist_id if group_of(artist) else None,
                            published={"predefined": PARTS[part]} if part in PARTS else {},
                        ),
                    )
    except OSError as error:
        raise UserError(f"data.metadata: {table} cannot be read: {reason_of(error)}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{table} cannot be read as CSV in UTF-8: {error}.") from error
