"""``report.html`` of a sweep, or of a folder of runs: its table, a chart for each axis, and the way to its points."""

import os
from pathlib import Path

from PIL import Image

from gtzan.experiments.sweeps.entries import Entry
from gtzan.experiments.sweeps.table import NOTE, Row, Table
from gtzan.files import read_json, write_atomically
from gtzan.reports import page
from gtzan.reports.data_urls import webp_url
from gtzan.reports.plots.style import pixels
from gtzan.reports.plots.sweep import charts


def write_sweep_page(folder: Path) -> Path:
    """Write the page into the folder, from what its runs have left; returns its path.

    Raises:
        UserError: there are no runs, or ``sweep.json`` is damaged.
    """
    table = Table.of(folder)
    drawn = list(charts(table))
    finished = sum(len(row.runs) for row in table.rows)
    html = page.render(
        "sweep.html.j2",
        "sort.js",
        name=folder.resolve().name,
        table=table,
        headings=[measure.heading for measure in table.measures],
        rows=[_row(folder, table, row) for row in table.rows],
        best=_best(table),
        charts=[(webp_url(Image.fromarray(pixels(c.figure(table.title)))), c.text) for c in drawn],
        connected=any(chart.numeric for chart in drawn),
        finished=finished,
        asked=sum(len(row.entries) for row in table.rows),
        note=NOTE,
        command=(read_json(folder / "sweep.json") or {}).get("command"),
    )
    write_atomically(folder / "report.html", html)
    return folder / "report.html"


def _row(folder: Path, table: Table, row: Row) -> dict:
    """A row as printed, each number after the value that it is sorted by, and before its interval."""
    estimates = [(measure, table.estimate(measure, row)) for measure in table.measures]
    return {
        "axes": row.axes,
        "count": row.count,
        "numbers": [(e.value, *e.text(measure).partition(" ")[::2]) if e else ("", "", "") for measure, e in estimates],
        "note": row.note,
        "best": row.best,
        "place": _place(table, row),
        "links": [_link(folder, page, table, entry) for entry in row.entries if (page := _page(entry))],
    }


def _best(table: Table) -> list[tuple[str, str, str]]:
    """For each kind of run, and held-out tracks, what the best is best in, the number, and its interval and place."""
    found: dict[tuple, list[tuple[str, str]]] = {}
    for row in table.rows:
        measure = row.kind.measures[0] if row.best and row.kind else None
        estimate = table.estimate(measure, row) if measure else None
        if measure is None or estimate is None:
            continue
        value, _, interval = estimate.text(measure).partition(" ")
        note = ": ".join(filter(None, (interval, _place(table, row))))
        found.setdefault((f"Best {measure.heading}", row.held_out), []).append((value, note))
    return [
        (heading, value, note + (f", and {len(others)} more as good" if others else ""))
        for (heading, _), ((value, note), *others) in found.items()
    ]


def _place(table: Table, row: Row) -> str:
    """A row's values in words, such as ``model dense, batch_size 16``."""
    return ", ".join(f"{axis} {value}" for axis, value in zip(table.axes, row.axes, strict=True))


def _page(entry: Entry) -> Path | None:
    page = entry.folder and entry.folder / "report.html"
    return page if page and page.exists() else None


def _link(folder: Path, page: Path, table: Table, entry: Entry) -> tuple[str, str]:
    """Where a run's page is, seen from the sweep's, and what to call it."""
    name = ", ".join(f"{key} {entry.settings[key]}" for key in table.averaged if key in entry.settings)
    return os.path.relpath(page, folder), name or "report"
