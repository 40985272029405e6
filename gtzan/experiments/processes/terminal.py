"""Text for terminals and logs, where names of files, genres and artists come from anybody, and some would be obeyed."""

import logging
import sys
import unicodedata
from typing import IO

# Cc: control characters, escape sequences among them; Cs: bytes that are no text; Zl, Zp: other line breaks.
OBEYED = ("Cc", "Cs", "Zl", "Zp")
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # show text in another order


def printable(text: object) -> str:
    """One line of text, with what a terminal would obey written as ``\\x1b``."""
    text = str(text)
    if text.isprintable():
        return text
    return "".join(_escaped(letter) if _is_obeyed(letter) else letter for letter in text)


def printable_lines(text: object) -> str:
    """The same of several lines."""
    return "\n".join(map(printable, str(text).split("\n")))


def show(text: object = "", file: IO[str] | None = None, flush: bool = False) -> None:
    """Print text of several lines as a terminal may have it, to the standard output unless another file is given."""
    print(printable_lines(text), file=file or sys.stdout, flush=flush)


class PrintableRecord(logging.LogRecord):
    """A line of a log, whose file may be shown on a terminal, too."""

    def getMessage(self) -> str:
        return printable_lines(super().getMessage())


def use_printable_logs() -> None:
    """From now on, no logger of this process sends on what a terminal would obey."""
    logging.setLogRecordFactory(PrintableRecord)


def _is_obeyed(letter: str) -> bool:
    return letter in TURNS or unicodedata.category(letter) in OBEYED


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
