"""``gtzan predict --write-tags``: genre tags that predictions would change, and their undoing."""

import argparse
import sys
import time
from pathlib import Path

from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.terminal import printable, show, text_table
from gtzan.files import read_json, write_json

UNKNOWN = "unknown"
"""The genre of a file that no genre is probable enough for; its tags stay as they are."""


class Retagging:
    """Collects the changes, shows them, and makes them where the user has agreed.

    Args:
        yes: whether the user has.
    """

    def __init__(self, yes: bool) -> None:
        self.yes = yes
        self.changes: dict[Path, tuple[list[str], list[str]]] = {}
        self.same = self.unknown = self.failed = 0

    @classmethod
    def asked(cls, arguments: argparse.Namespace) -> "Retagging | None":
        """What the command line asks for.

        Raises:
            UserError: what does not go together, or no mutagen.
        """
        if not arguments.write_tags:
            if arguments.yes:
                raise UserError("--yes agrees to --write-tags, which is not there.")
            return None
        if arguments.form != "text":
            raise UserError(f"--write-tags and --{arguments.form}: leave one of them out.")
        from gtzan.audio.tags import require_mutagen

        require_mutagen("--write-tags")
        return cls(arguments.yes)

    def add(self, path: Path, genre: str) -> None:
        """Compare a file's tags with its predicted genre."""
        from gtzan.audio.tags import read_genres

        if genre == UNKNOWN:
            self.unknown += 1
            return
        try:
            before = read_genres(path)
        except UserError as error:
            self.failed += 1
            show(f"gtzan: {printable(error)}", file=sys.stderr)
            return
        if [old.casefold() for old in before] == [genre.casefold()]:
            self.same += 1
        else:
            self.changes[path] = (before, [genre])

    def finish(self) -> bool:
        """Show the changes, and make them if the user has agreed; returns whether any file could not be changed."""
        cells = [[printable(path), _words(before), _words(after)] for path, (before, after) in self.changes.items()]
        if cells:
            show("\n" + text_table(("file", "genre now", "would be" if not self.yes else "becomes"), cells))
        unknown = f"{self.unknown} files are {UNKNOWN} and stay as they are"
        show(f"\n{len(cells)} genre tags to change; {self.same} agree; {unknown}.")
        if not cells:
            return bool(self.failed)
        if not self.yes:
            show("Nothing was written: add --yes to write.")
            return bool(self.failed)
        record: list[dict] = [
            {"file": str(path.resolve()), "before": before, "after": after}
            for path, (before, after) in self.changes.items()
        ]
        memory = _free(f"gtzan-undo-{time.strftime('%Y-%m-%d_%H-%M-%S')}")
        try:
            write_json(memory, {"genres": record})  # first, so that no change is without it
        except OSError as error:
            raise UserError(f"{memory} cannot be written, so no tag was: {reason_of(error)}.") from error
        written = sum(_write(Path(entry["file"]), entry["after"]) for entry in record)
        show(f"{written} genre tags written. To undo: gtzan predict --undo {memory}")
        return bool(self.failed) or written < len(record)


def undo(arguments: argparse.Namespace) -> int:
    """Put back the genres that an undo file remembers; 1 if a file has another genre since, or cannot be written.

    Raises:
        UserError: no undo file, or no mutagen.
    """
    from gtzan.audio.tags import read_genres, require_mutagen

    if arguments.files or arguments.write_tags:
        raise UserError("--undo names the files itself: leave the others out.")
    memory = arguments.undo
    record = (read_json(memory) or {}).get("genres")
    if not isinstance(record, list) or not all(map(_is_entry, record)):
        raise UserError(f"{memory} is no undo file: name one that gtzan predict --write-tags --yes has left.")
    require_mutagen("--undo")
    restored = 0
    for entry in record:
        path = Path(entry["file"])
        try:
            now = read_genres(path)
        except UserError as error:
            show(f"gtzan: {printable(error)}", file=sys.stderr)
            continue
        if now not in (entry["after"], entry["before"]):
            show(
                f"gtzan: {printable(path)}: its genre is now {_words(now)}, which was not written here: it stays.",
                file=sys.stderr,
            )
            continue
        restored += now == entry["before"] or _write(path, entry["before"])
    show(f"{restored} of {len(record)} files have their former genre tags.")
    return 0 if restored == len(record) else 1


def _write(path: Path, genres: list[str]) -> bool:
    from gtzan.audio.tags import write_genres

    try:
        write_genres(path, genres)
    except UserError as error:
        show(f"gtzan: {printable(error)}", file=sys.stderr)
        return False
    return True


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
        return False
    lists = [entry.get(key) for key in ("before", "after")]
    return all(isinstance(genres, list) and all(isinstance(genre, str) for genre in genres) for genres in lists)


def _free(name: str) -> Path:
    """A name in this folder that no file has."""
    names = (Path(f"{name}{'' if i == 0 else f'-{i}'}.json") for i in range(1000))
    return next(path for path in names if not path.exists())


def _words(genres: list[str]) -> str:
    return printable(", ".join(genres)) if genres else "—"
