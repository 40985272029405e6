"""The classification report: precision, recall and F1 of every genre, and their means."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gtzan.csv_files import write_rows


def classification_report(
    y_true: np.ndarray, y_predicted: np.ndarray, classes: Sequence[str], among: Sequence[int] | None = None
) -> list[dict]:
    """The rows of ``sklearn.metrics.classification_report``.

    A genre without tracks, or never predicted, has zeros where there is nothing to divide by.

    Args:
        y_true, y_predicted: genre numbers, ``(tracks,)``.
        classes: the names of all genres.
        among: numbers of the genres that have a row and count in the averages; ``None`` for all.

    Returns:
        Rows with ``genre``, ``precision``, ``recall``, ``f1``, ``support`` (tracks) and ``summary``: the genres in
        order, then the summaries ``accuracy`` (which has no precision and recall; it stands under ``f1``, as
        scikit-learn prints it), ``macro average`` and ``weighted average``.
    """
    from sklearn.metrics import classification_report

    # By number, not by name: a genre may be called "accuracy".
    labels = range(len(classes)) if among is None else among
    lines = classification_report(y_true, y_predicted, labels=labels, output_dict=True, zero_division=0)
    rows = [_row(classes[number], lines[str(number)]) for number in labels]
    macro, weighted = (_row(f"{kind} average", lines[f"{kind} avg"], summary=True) for kind in ("macro", "weighted"))
    accuracy = {"genre": "accuracy", "precision": None, "recall": None, "f1": float(np.mean(y_true == y_predicted))}
    return [*rows, accuracy | {"support": macro["support"], "summary": True}, macro, weighted]


def write_report(rows: Sequence[dict], path: Path) -> None:
    """The report as CSV, without the column ``summary``."""
    names = [name for name in rows[0] if name != "summary"]
    cells = ([row.get(name) for name in names] for row in rows)
    write_rows(path, names, ([f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row] for row in cells))


def _row(name: str, line: dict, summary: bool = False) -> dict:
    scores = {"precision": float(line["precision"]), "recall": float(line["recall"]), "f1": float(line["f1-score"])}
    return {"genre": name, **scores, "support": int(line["support"]), "summary": summary}
