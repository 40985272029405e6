"""The rows of a table before averaging: a sweep's points or a folder's runs, read from their folders."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gtzan.errors import UserError
from gtzan.experiments.runs.checkpoint_search import finished_runs
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.points import Point
from gtzan.files import read_json

# Keys of the configuration that are shown of a run outside any sweep.
SETTINGS = (
    *("split", "fold", "epochs", "batch_size", "lr", "seed", "segment_seconds", "hop_seconds", "segments_per_track"),
    *("genre", "n", "seconds", "temperature"),
)
MAX_MESSAGE = 100  # characters of an error


@dataclass(frozen=True)
class Entry:
    """A run.

    Attributes:
        settings: what it was asked for: a sweep's overrides, or keys of its configuration.
        metrics: ``None`` unless it is finished.
        folder: its own; ``None`` of overrides that make no sense.
        state: as of :class:`gtzan.experiments.sweeps.points.Point`.
        message: the error of a failed one.
    """

    settings: dict[str, str]
    metrics: dict | None
    folder: Path | None = None
    state: str = "finished"
    message: str = ""


def read_entries(folder: Path) -> list[Entry]:
    """The points of a sweep, each once, or the finished runs in a folder of runs, in the order of their names.

    Raises:
        UserError: there are none, or ``sweep.json`` is damaged.
    """
    if (folder / "sweep.json").exists():
        return list(_points(folder))
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: name a sweep's (in runs/sweeps) or a folder of runs.")
    entries = [entry for run in sorted(finished_runs(folder)) if (entry := _run(run))]
    if not entries:
        raise UserError(f"{folder} has no sweep.json and no finished run below it.")
    return entries


def _points(folder: Path) -> Iterator[Entry]:
    try:
        points = (read_json(folder / "sweep.json") or {})["points"]
        listed = [(dict(point["overrides"]), point["folder"], point["error"]) for point in points]
    except (TypeError, KeyError, ValueError) as damage:
        raise UserError(f"{folder / 'sweep.json'} is damaged: type the sweep's command again.") from damage
    seen = set()
    for overrides, point_folder, message in listed:
        if point_folder is None:
            yield Entry(overrides, None, None, "failed", _short(message))
            continue
        point = Point(Path(os.path.normpath(folder / point_folder)))
        if point.path not in seen:
            seen.add(point.path)
            state = point.read_state()
            error = (point.error or {}) if state == "failed" else {}
            yield Entry(overrides, point.metrics, point.path, state, _short(error.get("message", "")))


def _run(run: RunFolder) -> Entry | None:
    """A finished run: its net and the numbers at the top of its configuration; ``None`` where that is damaged."""
    config, metrics = run.settings_if_readable(), run.metrics_if_readable()
    if config is None or metrics is None:
        return None
    net = config["model"]["net"]["_target_"].rpartition(".")[2]
    settings = {key: "" if config[key] is None else str(config[key]) for key in SETTINGS if key in config}
    return Entry({"net": net, **settings, "split": str(metrics.get("split", settings.get("split")))}, metrics, run.path)


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"
