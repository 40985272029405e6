"""The leaderboard, and what others have published, as text, CSV and Markdown."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from gtzan.csv_files import CsvTable
from gtzan.evaluation.leakage import Measured
from gtzan.experiments.leaderboard import Plan, Protocol, Results
from gtzan.experiments.leaderboard_rows import Row, rows_of
from gtzan.experiments.processes.terminal import text_table
from gtzan.files import write_atomically

NOTE = (
    "Accuracy of held-out tracks: mean ± standard deviation over seeds, and Wilson's 95 % interval at the number of "
    "distinct test tracks, n, however many seeds there are. It treats tracks as independent; tracks by one artist "
    "are not quite. The folds of a protocol are one result: their mean. Seconds are the median of a run, with "
    "evaluation, and extraction where the cache lacks the features. Pretraining hours: blank where they are not "
    "published."
)
LEAKING = (
    "Leaking is not a protocol, and its number is worth nothing: with segments of one track on both sides, the net is "
    "asked about songs that it has heard. Tracks of one artist on both sides leak less, but they do leak. "
    "All rows have the same net and the same segments, four fifths of them to learn from; each is held out once."
)
OTHERS = (
    "Published by others, on their copies of GTZAN and with their code, as printed; not measured here, and comparable "
    "only where the protocol is the same."
)


@dataclass(frozen=True)
class Leaderboard:
    """The whole table.

    Attributes:
        plan: what was asked for.
        results: the runs.
        leakage: by the way of splitting, what one net seems to know.
    """

    plan: Plan
    results: Results
    leakage: Mapping[str, Measured]

    @property
    def title(self) -> str:
        return self.plan.label

    @cached_property
    def rows(self) -> list[Row]:
        """The nets, and the ensemble of all where there are several."""
        return rows_of(self.plan, self.results)

    @cached_property
    def published(self) -> list[dict[str, str]]:
        """Others' results: ``system``, ``accuracy`` in per cent, ``protocol``, ``pretrained`` and ``source``."""
        text = files("gtzan.experiments").joinpath("published.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text)))

    @property
    def headings(self) -> list[str]:
        columns = [self._heading(i, protocol) for i, protocol in enumerate(self.plan.protocols)]
        return ["net", *columns, "parameters", "seconds", "pretraining hours", "note"]

    @property
    def cells(self) -> list[list[str]]:
        """The rows as text."""
        return [[row.name, *(cell.text if cell else "" for cell in row.cells), *row.facts] for row in self.rows]

    @property
    def leakage_headings(self) -> list[str]:
        return ["net: blocks, split by", "segments right", "tracks right", ""]

    @property
    def leakage_cells(self) -> list[list[str]]:
        """The example of leakage as text, the leaking way marked."""
        rows = []
        for name, measured in self.leakage.items():
            low, high = (100 * end for end in measured.interval)
            tracks = f"{100 * measured.tracks:.1f} [{low:.1f}, {high:.1f}]"
            rows.append([name, f"{100 * measured.segments:.1f}", tracks, "LEAKING" if name == "segment" else ""])
        return rows

    def text(self) -> str:
        """For a terminal."""
        parts = [f"Leaderboard: {self.title}", text_table(self.headings, self.cells), NOTE, *self.plan.skipped]
        if self.leakage:
            parts += [text_table(self.leakage_headings, self.leakage_cells), LEAKING]
        table = [[row["system"], row["accuracy"], row["protocol"], row["pretrained"]] for row in self.published]
        return "\n\n".join([*parts, OTHERS, text_table(["others' system", "%", "protocol", "pretrained"], table)])

    def markdown(self) -> str:
        parts = [f"# Leaderboard: {self.title}", _markdown(self.headings, self.cells), NOTE, *self.plan.skipped]
        if self.leakage:
            parts += ["## Leakage by example", _markdown(self.leakage_headings, self.leakage_cells), LEAKING]
        rows = [list(row.values()) for row in self.published]
        headings = ["others' system", "accuracy, %", "protocol", "pretrained", "source"]
        return "\n\n".join([*parts, "## Published by others", OTHERS, _markdown(headings, rows)]) + "\n"

    def csv(self) -> str:
        """A line for each accuracy, in full; ``origin`` is ``ours``, ``leaking example`` or ``others``."""
        text = io.StringIO()
        table = CsvTable(text, lineterminator="\n")
        names = ("accuracy", "sd", "low", "high", "n", "seeds", "parameters", "seconds", "pretraining_hours")
        table.writerow(["origin", "corpus", "net", "protocol", *names, "note"])
        for row in self.rows:
            for protocol, cell in zip(self.plan.protocols, row.cells, strict=True):
                numbers = [cell.mean, cell.sd, *cell.interval, cell.n, len(cell.accuracies)] if cell else [None] * 6
                facts = [row.parameters, row.seconds, row.pretraining_hours, row.note]
                table.writerow(["ours", self.title, row.name, protocol.title, *numbers, *facts])
        for name, measured in self.leakage.items():
            origin = "leaking example" if name == "segment" else "beside the leaking example"
            numbers = [measured.tracks, None, *measured.interval, measured.n_tracks, 1, None, None, None]
            table.writerow([origin, self.title, "blocks", f"split by {name}", *numbers, ""])
        for other in self.published:
            numbers = [round(float(other["accuracy"]) / 100, 6), *[None] * 8]
            table.writerow(["others", "GTZAN", other["system"], other["protocol"], *numbers, other["source"]])
        return text.getvalue()

    def write(self, folder: Path) -> None:
        """``leaderboard.csv`` and ``leaderboard.md``.

        Raises:
            OSError: the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "leaderboard.csv", self.csv())
        write_atomically(folder / "leaderboard.md", self.markdown())

    def _heading(self, number: int, protocol: Protocol) -> str:
        n = next((cell.n for row in self.rows if (cell := row.cells[number])), None)
        return protocol.title + (f", n = {n}" if n else "")


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
