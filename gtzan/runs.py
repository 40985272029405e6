"""Finding runs and their checkpoints, without importing what made them."""

import json
from collections.abc import Iterator
from pathlib import Path

from gtzan.errors import UserError


def find_checkpoint(run: Path) -> Path:
    """A run's ``best.ckpt`` if it has one, else its ``last.ckpt``."""
    best = run / "checkpoints" / "best.ckpt"
    return best if best.exists() else run / "checkpoints" / "last.ckpt"


def checkpoint_of(model: str | Path | None = None, runs: str | Path = "runs") -> Path:
    """The classifier's checkpoint that a user means.

    Args:
        model: a checkpoint, a run directory, or a folder of runs, whose newest finished one is taken.
        runs: the folder of runs looked into where ``model`` is ``None``.

    Raises:
        UserError: nothing there.
    """
    if model is None:
        if newest := newest_run(Path(runs)):
            return find_checkpoint(newest)
        raise UserError(
            f"There is no finished run in {runs}: train a model first (python train.py) or name one (--model)."
        )
    model = Path(model)
    if model.is_file():
        return model
    if not model.exists():
        raise UserError(f"There is no {model}: name a checkpoint or a run directory.")
    if (model / "checkpoints").is_dir():
        checkpoint = find_checkpoint(model)
        if not checkpoint.exists():
            raise UserError(f"{model} has no checkpoint: it was stopped before the end of its first epoch.")
        return checkpoint
    if newest := newest_run(model):
        return find_checkpoint(newest)
    raise UserError(f"{model} is no run directory and holds no finished run.")


def finished_runs(folder: Path) -> Iterator[Path]:
    """The runs in a folder of runs and of sweeps of runs; the one that was finished last comes first."""
    finished = [path for depth in ("*", "*/*") for path in folder.glob(f"{depth}/metrics.json")]
    for metrics in sorted(finished, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        yield metrics.parent


def newest_run(folder: Path) -> Path | None:
    """The classifier's run that was finished last."""
    suits = (run for run in finished_runs(folder) if find_checkpoint(run).exists() and _is_classifier(run))
    return next(suits, None)


def _is_classifier(run: Path) -> bool:
    try:
        return "test/accuracy" in json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    except ValueError:
        return False
