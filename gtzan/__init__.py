"""Music genre classification and genre-conditional music generation.

The functions here are the commands, for notebooks and programs; :mod:`gtzan.cli.api` has them. They are imported when
they are first used, so that ``import gtzan`` costs nothing.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gtzan.cli.api import (
        compose_corpus,
        explain,
        extract_features,
        generate,
        judge,
        open_corpus,
        open_run,
        predict,
        train,
    )
    from gtzan.errors import UserError

# torchmetrics imports onnxruntime wherever it is installed, and that reports to its maker some seconds later.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"

__all__ = [
    "UserError",
    "compose_corpus",
    "explain",
    "extract_features",
    "generate",
    "judge",
    "open_corpus",
    "open_run",
    "predict",
    "train",
]


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("gtzan.cli.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
