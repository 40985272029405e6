"""Several classifiers' mean probabilities of the tracks that all of them were tested on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gtzan.errors import UserError
from gtzan.evaluation.comparison import Comparison

FACTS = ("track", "truth", "prediction", "artist", "title")
"""Columns of a run's ``predictions.csv`` before the genres' probabilities."""


@dataclass(frozen=True)
class Ensemble:
    """Predictions of an ensemble.

    Attributes:
        genres: whose probabilities are averaged.
        rows: for each held-out track, the columns of ``predictions.csv``.
    """

    genres: tuple[str, ...]
    rows: list[dict[str, str]]

    @classmethod
    def of(cls, members: Mapping[str, Iterable[Mapping[str, str]]]) -> "Ensemble":
        """Average the probabilities of several classifiers.

        Args:
            members: of each by its name, the rows of its ``predictions.csv``.

        Raises:
            UserError: fewer than two members, or other tracks, truths or genres.
        """
        tables = {name: list(rows) for name, rows in members.items()}
        if len(tables) < 2:
            raise UserError("An ensemble has two members at least: name several runs.")
        (first, rows), *others = tables.items()
        genres = _genres(rows)
        for name, other in others:
            Comparison.of(rows, other, names=(first, name))  # raises where tracks or truths differ
            if _genres(other) != genres:
                raise UserError(f"{first} and {name} do not know the same genres: an ensemble's members must.")
        by_track = [{row["track"]: row for row in table} for table in tables.values()]
        try:
            return cls(genres, [_average([table[row["track"]] for table in by_track], genres) for row in rows])
        except (TypeError, ValueError) as error:
            raise UserError(f"The predictions of {' or '.join(tables)} are damaged: {error}.") from error

    @property
    def right(self) -> int:
        """Tracks that it predicts correctly."""
        return sum(row["truth"] == row["prediction"] for row in self.rows)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        from gtzan.models.metrics import wilson_interval  # imports torch

        return wilson_interval(self.right, len(self.rows))


def _genres(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(column for column in rows[0] if column not in FACTS) if rows else ()


def _average(rows: Sequence[Mapping[str, str]], genres: Sequence[str]) -> dict[str, str]:
    means = {genre: sum(float(row[genre]) for row in rows) / len(rows) for genre in genres}
    facts = {column: rows[0][column] for column in FACTS if column in rows[0]}
    return facts | {"prediction": max(means, key=means.__getitem__)} | {g: f"{p:.6f}" for g, p in means.items()}
