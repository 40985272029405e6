"""Escape control characters in text for terminals and logs: names of files, genres and artists are untrusted."""

import io
import logging
import sys
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import IO

# Cc: control characters, escape sequences among them; Cs: bytes that are no text; Zl, Zp: other line breaks.
CONTROL = ("Cc", "Cs", "Zl", "Zp")
BIDIRECTIONAL = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # change the order in which text is shown


def printable(text: object) -> str:
    """One line of text, with control characters escaped, such as ``\\x1b``."""
    text = str(text)
    if text.isprintable():
        return text
    return "".join(_escaped(letter) if _is_control(letter) else letter for letter in text)


def printable_lines(text: object) -> str:
    """The same for text of several lines."""
    return "\n".join(map(printable, str(text).split("\n")))


def show(text: object = "", file: IO[str] | None = None, flush: bool = False) -> None:
    """Print text with control characters escaped, to the standard output unless another file is given."""
    print(printable_lines(text), file=file or sys.stdout, flush=flush)


def text_table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """A table with aligned columns as plain text: no colours, and no cell cut or wrapped, so that it can be searched.

    Args:
        headings: of the columns.
        rows: a cell for each column.
        right: numbers of the columns that are aligned to the right.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for number, heading in enumerate(headings):
        table.add_column(Text(printable(heading)), justify="right" if number in right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))  # Text, because brackets in a str would be markup
    file = io.StringIO()
    Console(file=file, width=1_000_000, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip("\n").split("\n"))


class PrintableRecord(logging.LogRecord):
    """A log record with control characters escaped, because log files are shown on terminals, too.

    Tabs stay: they do no harm, and Hydra's launcher indents by them.
    """

    def getMessage(self) -> str:
        return "\t".join(map(printable_lines, super().getMessage().split("\t")))


def use_printable_logs() -> None:
    """Escape control characters in the records of all loggers of this process, from now on."""
    logging.setLogRecordFactory(PrintableRecord)


def _is_control(letter: str) -> bool:
    return letter in BIDIRECTIONAL or unicodedata.category(letter) in CONTROL


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
