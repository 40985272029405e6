"""Options that several commands have."""

import argparse
from pathlib import Path

from gtzan.errors import UserError, reason_of

MODEL = "run folder, checkpoint, or folder of runs (default: the newest finished run in runs/)"


def check_new_file(option: str, path: Path) -> None:
    """Raise a :class:`UserError` where no file can be made, before anything slow; ``option`` is what names it."""
    try:
        possible = path.absolute().parent.is_dir() and not path.is_dir()
    except OSError as error:  # too long a name
        raise UserError(f"{option} {path}: {reason_of(error)}.") from error
    if not possible:
        raise UserError(f"{option} {path}: name a file in a folder that is there.")


def add_min_confidence(parser: argparse.ArgumentParser) -> None:
    help_ = "a file whose likeliest genre is less probable is unknown (default: none is)"
    parser.add_argument("--min-confidence", metavar="P", type=float, default=0.0, help=help_)


def check_min_confidence(p: float) -> None:
    """Raise a :class:`UserError` for what is no probability."""
    if not 0 <= p <= 1:
        raise UserError(f"--min-confidence {p:g}: a probability between 0 and 1 is needed.")
