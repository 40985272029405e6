"""Options that several commands have."""

import argparse

from gtzan.errors import UserError

MODEL = "run folder, checkpoint, or folder of runs (default: the newest finished run in runs/)"


def add_min_confidence(parser: argparse.ArgumentParser) -> None:
    help_ = "a file whose likeliest genre is less probable is unknown (default: none is)"
    parser.add_argument("--min-confidence", metavar="P", type=float, default=0.0, help=help_)


def check_min_confidence(p: float) -> None:
    """Raise a :class:`UserError` for what is no probability."""
    if not 0 <= p <= 1:
        raise UserError(f"--min-confidence {p:g}: a probability between 0 and 1 is needed.")
