"""Find runs and their checkpoints, without importing torch."""

import math
from collections.abc import Iterator
from pathlib import Path

from gtzan.errors import UserError
from gtzan.experiments.runs.folder import RunFolder

TRAINED_AS = "trained as"  # in a run's environment: the guide or the judge that another model needed


def checkpoint_of(model: str | Path | None = None, runs: str | Path = "runs") -> Path:
    """The checkpoint of the model that a user names.

    Args:
        model: a checkpoint, a run folder, or a folder of runs, of which the newest finished one is used.
        runs: the folder of runs to search where ``model`` is ``None``.

    Raises:
        UserError: nothing there.
    """
    if model is None:
        if newest := newest_run(Path(runs)):
            return newest.checkpoint
        raise UserError(
            f"There is no finished run in {runs}: train a model first (python train.py), or name a run elsewhere."
        )
    model = Path(model)
    if model.is_file():
        return model
    if not model.exists():
        raise UserError(f"There is no {model}: name a checkpoint or a run folder.")
    run = RunFolder(model)
    if run.checkpoints.is_dir():
        checkpoint = run.checkpoint
        if not checkpoint.exists():
            raise UserError(f"{model} has no checkpoint: it was stopped before the end of its first epoch.")
        return checkpoint
    if newest := newest_run(model):
        return newest.checkpoint
    raise UserError(f"{model} is not a run folder and holds no finished run.")


def temperature_of(checkpoint: Path) -> float | None:
    """The temperature that calibrates a checkpoint's probabilities, from its run's metrics.

    ``None`` for a run without validation tracks, an unfinished one, a checkpoint that is in no run, and one that is not
    the one that was measured.
    """
    metrics = RunFolder.of_checkpoint(checkpoint).metrics_if_readable() or {}
    value = metrics.get("temperature")
    if metrics.get("checkpoint") != checkpoint.name or not isinstance(value, int | float):
        return None
    return float(value) if value > 0 and math.isfinite(value) else None


def finished_runs(folder: Path) -> Iterator[RunFolder]:
    """The runs in a folder of runs and of sweeps of runs; the most recently finished first."""
    finished = [path for depth in ("*", "*/*") for path in folder.glob(f"{depth}/metrics.json")]
    for metrics in sorted(finished, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        yield RunFolder(metrics.parent)


def newest_run(folder: Path) -> RunFolder | None:
    """The classifier's run that finished last; a guide or a judge of another model only where there is no other."""
    companion = None
    for run in finished_runs(folder):
        if run.checkpoint.exists() and "test/accuracy" in (run.metrics_if_readable() or {}):
            if TRAINED_AS not in run.environment():
                return run
            companion = companion or run
    return companion
