"""Forms of predictions on the standard output: lines of text, a CSV table, a JSON document."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from gtzan.cli.retagging import UNKNOWN
from gtzan.csv_files import CsvTable
from gtzan.experiments.processes.terminal import printable, show

TOP = 3


class Writer:
    """What the forms of output have in common: most have nothing to add for a broken file or at the end.

    Attributes:
        min_confidence: a file whose likeliest genre is less probable is ``unknown``.
    """

    min_confidence = 0.0

    def genre(self, prediction) -> str:
        """The likeliest genre of a file, or ``unknown``."""
        genre, p = prediction.ranking[0]
        return genre if p >= self.min_confidence else UNKNOWN

    def broken(self, file: Path, reason: str) -> None:
        """The standard error names it already."""

    def close(self) -> None:
        """Called after the last file."""


class TextWriter(Writer):
    """A line of text for each file as soon as it is classified."""

    def __init__(self, predictor, model: str, files: list[Path], timeline: bool) -> None:
        self.timeline = timeline
        self.width = min(60, max(len(printable(file)) for file in files))
        self.genre_width = max(map(len, predictor.classes))
        show(f"{predictor.name}, trained on {predictor.corpus} ({model})\n")

    def write(self, file: Path, prediction) -> None:
        name = printable(file)
        # The end of a long path names the file.
        name = name if len(name) <= self.width else f"…{name[1 - self.width :]}"
        unknown = f"{UNKNOWN}: " if self.genre(prediction) == UNKNOWN else ""
        show(f"{name:<{self.width}}  {unknown}{self._top(prediction.ranking)}", flush=not self.timeline)
        if self.timeline:
            from gtzan.models.predictor import rank

            for start, end, probabilities in _segments(prediction):
                span = f"{_clock(start)} – {_clock(end)}"
                show(f"  {span:<{self.width - 2}}  {self._top(rank(probabilities, prediction.classes))}")

    def _top(self, ranking: list[tuple[str, float]]) -> str:
        return "   ".join(f"{genre:<{self.genre_width}} {p:>4.0%}" for genre, p in ranking[:TOP])


class CsvWriter(Writer):
    """A row for each file, or for each segment, with all probabilities and the corpus that they come from."""

    def __init__(self, predictor, model: str, files: list[Path], timeline: bool) -> None:
        self.corpus, self.timeline = predictor.corpus, timeline
        self.table = CsvTable(sys.stdout, lineterminator="\n")
        span = ["start", "end"] if timeline else ["seconds"]
        self.table.writerow(["file", *span, "prediction", "trained_on", *map(printable, predictor.classes)])

    def write(self, file: Path, prediction) -> None:
        rows = [(prediction.seconds, prediction.probabilities)]
        for *span, probabilities in _segments(prediction) if self.timeline else rows:
            genre = prediction.classes[probabilities.argmax()] if self.timeline else self.genre(prediction)
            numbers = (f"{p:.6f}" for p in probabilities)
            names = map(printable, (genre, self.corpus))
            self.table.writerow([printable(file), *(f"{t:.3f}" for t in span), *names, *numbers])
        sys.stdout.flush()


class JsonWriter(Writer):
    """One document at the end."""

    def __init__(self, predictor, model: str, files: list[Path], timeline: bool) -> None:
        self.timeline = timeline
        self.document = {"model": model, "trained_on": predictor.corpus, "files": [], "broken": []}

    def write(self, file: Path, prediction) -> None:
        entry = {
            "file": str(file),
            "prediction": self.genre(prediction),
            "seconds": round(prediction.seconds, 3),
            "probabilities": self._named(prediction.classes, prediction.probabilities),
        }
        if self.timeline:
            entry["segments"] = [
                {"start": round(start, 3), "end": round(end, 3), "probabilities": self._named(prediction.classes, p)}
                for start, end, p in _segments(prediction)
            ]
        self.document["files"].append(entry)

    def _named(self, classes, probabilities) -> dict[str, float]:
        return {genre: round(float(p), 6) for genre, p in zip(classes, probabilities, strict=True)}

    def broken(self, file: Path, reason: str) -> None:
        self.document["broken"].append({"file": str(file), "reason": reason})

    def close(self) -> None:
        show(json.dumps(self.document, indent=2))  # escaped, as JSON has it: names may hold anything


WRITERS: dict[str, type[TextWriter] | type[CsvWriter] | type[JsonWriter]] = {
    "text": TextWriter,
    "csv": CsvWriter,
    "json": JsonWriter,
}


def _segments(prediction) -> Iterator[tuple]:
    """Start and end in seconds, and probabilities."""
    edges = prediction.edges.tolist()
    return zip(edges[:-1], edges[1:], prediction.segments, strict=True)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{seconds:04.1f}"
