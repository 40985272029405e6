"""Options that several commands have."""

import argparse

MODEL = "run folder, checkpoint, or folder of runs (default: the newest finished run in runs/)"


def add_min_confidence(parser: argparse.ArgumentParser) -> None:
    help_ = "a file whose likeliest genre is less probable is unknown (default: none is)"
    parser.add_argument("--min-confidence", metavar="P", type=_probability, default=0.0, help=help_)


def _probability(text: str) -> float:
    try:
        if 0 <= (value := float(text)) <= 1:
            return value
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text}: a probability between 0 and 1 is needed")
