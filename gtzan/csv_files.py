"""CSV files without formulas, which a spreadsheet would run.

A cell that begins like a formula gets an apostrophe in front, which :func:`read_rows` removes; numbers stay as they
are.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from gtzan.files import write_atomically

FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


class CsvTable:
    """Writes rows to an open file.

    Args:
        file: opened with ``newline=""``.
        lineterminator: of each row.
    """

    def __init__(self, file: IO[str], lineterminator: str = "\r\n") -> None:
        self._table = csv.writer(file, lineterminator=lineterminator)

    def writerow(self, row: Iterable) -> None:
        self._table.writerow([_escaped(cell) for cell in row])


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Iterable]) -> None:
    """Write a table, whole or not at all."""
    text = io.StringIO(newline="")
    table = CsvTable(text)
    table.writerow(header)
    for row in rows:
        table.writerow(row)
    write_atomically(path, text.getvalue())


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table that was written here.

    Raises:
        OSError, UnicodeDecodeError, csv.Error: it cannot be read.
    """
    with open(path, newline="", encoding="utf-8") as file:
        return [{_unescaped(name): _unescaped(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def _escaped(cell: object) -> object:
    if not isinstance(cell, str | Path):
        return cell
    text = str(cell)
    return f"'{text}" if FORMULA.match(text) and not _is_number(text) else text


def _unescaped(cell: str) -> str:
    # Of a row that is too short or too long, the reader makes None and a list.
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and FORMULA.match(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
