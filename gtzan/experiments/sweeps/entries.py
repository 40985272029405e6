"""The rows of a table before averaging: a sweep's points or a folder's runs, read from their folders."""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gtzan.errors import UserError
from gtzan.experiments.runs.checkpoint_search import finished_runs
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.sweeps.identity import defining
from gtzan.experiments.sweeps.points import Point
from gtzan.files import read_json

log = logging.getLogger(__name__)

# Keys of the configuration that are shown of a run outside any sweep.
SETTINGS = (
    *("split", "fold", "epochs", "batch_size", "lr", "seed", "segment_seconds", "hop_seconds", "segments_per_track"),
    *("genre", "n", "seconds", "temperature"),
)
AVERAGED = ("seed", "fold")
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
    runs = [found for run in finished_runs(folder) if (found := _run(run))]
    if not runs:
        raise UserError(f"{folder} has no sweep.json and no finished run below it.")
    return _distinguished(runs)


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


def _run(run: RunFolder) -> tuple[Entry, dict[str, str]] | None:
    """A finished run by its net and the numbers at the top of its configuration, and all its other settings.

    ``None`` where its configuration is damaged.
    """
    config, metrics = run.settings_if_readable(), run.metrics_if_readable()
    if config is None or metrics is None:
        return None
    net = config["model"]["net"]["_target_"].rpartition(".")[2]
    settings = {key: _text(config[key]) for key in SETTINGS if key in config}
    split = re.sub(r" fold=\d+", "", str(metrics.get("split", config.get("split"))))
    shown = {"net": net, **settings, "split": split, "corpus": str(metrics.get("corpus", ""))}
    # Callbacks name folders in the run's own, and its guide, judge or generator is mostly another run beside it.
    own, beside = (f"{config.get(key) or run.path}{os.sep}" for key in ("run_dir", "runs"))
    others = {
        key: value.removeprefix(own).removeprefix(beside)
        for key, value in defining(config).items()
        if key not in shown and f"{value}{os.sep}" != own
    }
    return Entry(shown, metrics, run.path), {"corpus_digest": _text(metrics.get("corpus_digest")), **others}


def _distinguished(runs: Sequence[tuple[Entry, dict[str, str]]]) -> list[Entry]:
    """Entries of which only those look alike that differ in seed or fold alone; of equal ones, the first.

    What is needed to tell others apart is added to their settings.
    """
    alike: dict[tuple, list[dict[str, str]]] = {}
    for entry, others in runs:
        alike.setdefault(tuple((k, v) for k, v in entry.settings.items() if k not in AVERAGED), []).append(others)
    added = {key for group in alike.values() for key in _varying(group)}
    entries: dict[tuple, Entry] = {}
    for entry, others in runs:
        settings = entry.settings | {key: others.get(key, "") for key in sorted(added)}
        entries.setdefault(tuple(settings.items()), replace(entry, settings=settings))
    if len(entries) < len(runs):
        log.info("%d earlier runs with the same settings are left out", len(runs) - len(entries))
    return sorted(entries.values(), key=lambda entry: str(entry.folder))


def _varying(settings: Sequence[dict[str, str]]) -> set[str]:
    keys = dict.fromkeys(key for each in settings for key in each)
    return {key for key in keys if len({each.get(key, "") for each in settings}) > 1}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"
