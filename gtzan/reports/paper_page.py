"""``paper.html``: the paper's figures and results next to ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gtzan.csv_files import read_rows, write_rows
from gtzan.experiments.paper import CLAIMS, EXPERIMENTS, Outcome
from gtzan.files import write_atomically
from gtzan.reports import page
from gtzan.reports.data_urls import image_url
from gtzan.reports.paper_figures import misclassified

NETS = {"dense": "Dense", "cnn": "CNN", "convlstm": "LSTM+CNN"}


@dataclass(frozen=True)
class Figure:
    """A figure of the paper's and ours.

    Attributes:
        number: the paper's, as printed.
        heading: what it shows.
        paper: what the paper says of it.
        experiment: whose picture ours is.
        picture: a file in its ``figures``, or the true and the predicted genre of a mistake.
    """

    number: str
    heading: str
    paper: str
    experiment: str
    picture: str | tuple[str, str | None]


FIGURES = (
    Figure("1", "MFCCs of a blues track", "blues.00000; captioned as a spectral bandwidth", "cnn", "mfcc.png"),
    Figure(
        "2 and 3",
        "Reconstruction of classical music with and without the LSTM layer",
        "validation accuracy as high as 95 % with the layer, lower without",
        "generator_lstm",
        "curves_classical.png",
    ),
    Figure(
        "4",
        "Real and reconstructed MFCCs of classical music",
        "able to replicate the signal after training",
        "generator_lstm",
        "reconstructed_classical.png",
    ),
    Figure(
        "5",
        "Principal components of four genres",
        "pop is a clear cluster, blues and classical overlap, metal is separated in part",
        "synthesis",
        "pca.png",
    ),
    Figure("6", "Confusion matrix of the dense net", "85 % of the data set trained", "dense", "confusion.png"),
    Figure("7", "A country track misclassified by the dense net", "predicted as jazz", "dense", ("country", "jazz")),
    Figure("8", "Training the CNN", "100 epochs, batch size 32, split 40/60", "cnn", "curves.png"),
    Figure("9", "A classical track misclassified by the CNN", "similar MFCCs", "cnn", ("classical", None)),
    Figure("10", "A pop track misclassified by LSTM+CNN", "predicted as hip-hop", "convlstm", ("pop", "hiphop")),
)


def write_paper_page(folder: Path, outcomes: Mapping[str, Outcome], given: Sequence[str]) -> Path:
    """Write ``paper.html``, which needs no other file, and ``numbers.csv``; returns the page.

    Args:
        folder: made where it is missing.
        outcomes: by name, as far as they are known.
        given: the user's overrides.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = numbers(outcomes)
    write_rows(folder / "numbers.csv", list(rows[0]), (row.values() for row in rows))
    run = next((outcome.metrics for outcome in outcomes.values() if outcome.metrics), {})
    html = page.render(
        "paper.html.j2",
        corpus=run.get("corpus", "no corpus yet"),
        rows=rows,
        honest=(outcomes["cnn_honest"].metrics if "cnn_honest" in outcomes else {}).get("split", "the corpus's own"),
        figures=list(_figures(outcomes)),
        genres=_by_genre(outcomes),
        nets=NETS,
        grid=_grid(outcomes["dense"]) if "dense" in outcomes else {},
        pairs=_pairs(outcomes.get("synthesis")),
        experiments=[(name, outcomes.get(name)) for name in EXPERIMENTS],
        given=given,
        minutes=sum(outcome.seconds for outcome in outcomes.values()) / 60,
    )
    write_atomically(folder / "paper.html", html)
    return folder / "paper.html"


def numbers(outcomes: Mapping[str, Outcome]) -> list[dict]:
    """A row for each number of the paper's: ours of all tracks, of those held out, and in the honest protocol, each
    with its 95 % interval; ``None`` where it is not known."""
    rows = []
    for claim in CLAIMS:
        row: dict[str, Any] = {"what": claim.what, "where": claim.where, "paper": claim.value}
        for reading in ("all_tracks", "held_out", "honest"):
            experiment, metric = getattr(claim, reading) or ("", "//")
            part, measure, *genre = metric.split("/")
            metrics = outcomes[experiment].metrics if experiment in outcomes else {}
            if experiment.endswith("_honest") and "/" in metrics.get("split", ""):
                metrics = {}  # a corpus without known artists has no protocol of its own: this is one of tracks
            for end in ("", "_low", "_high"):
                row[f"{reading}{end}"] = metrics.get("/".join([part, measure + end, *genre]))
        rows.append(row)
    return rows


def _figures(outcomes: Mapping[str, Outcome]):
    """Each figure with our picture as a data URI and its text; without, where it is not made yet."""
    for figure in FIGURES:
        outcome = outcomes.get(figure.experiment)
        picture, text = None, "not made yet" if outcome is None or outcome.main is None else "there is none"
        folder = outcome.main.folder if outcome and outcome.main else None
        if outcome and folder:
            if isinstance(figure.picture, tuple):
                found = misclassified(folder, *figure.picture)
                if found:
                    picture, text = page.data_uri(found[0], "image/png"), found[1]
            else:
                path = folder / "figures" / figure.picture
                if path.exists():
                    picture, text = image_url(path), f"{figure.heading}: {outcome.metrics['corpus']}"
        yield figure, picture, text


def _by_genre(outcomes: Mapping[str, Outcome]) -> dict[str, list[tuple[float | None, float | None]]]:
    """Accuracy of each genre by each net: of all tracks, and of those held out."""
    runs = [outcomes[name].metrics if name in outcomes else {} for name in NETS]
    genres = dict.fromkeys(key.split("/", 2)[2] for run in runs for key in run if key.startswith("test/accuracy/"))
    return {
        genre: [(run.get(f"all/accuracy/{genre}"), run.get(f"test/accuracy/{genre}")) for run in runs]
        for genre in genres
    }


def _grid(dense: Outcome) -> dict[tuple[str, str], dict[str, Mapping]]:
    """Metrics of the dense net's grid: by split and epochs, then by batch size."""
    grid: dict[tuple[str, str], dict[str, Mapping]] = {}
    for entry in dense.finished:
        cell = grid.setdefault((entry.settings.get("split", ""), entry.settings.get("epochs", "")), {})
        cell[entry.settings.get("batch_size", "")] = entry.metrics or {}
    return grid


def _pairs(synthesis: Outcome | None) -> dict[tuple[str, str], dict[str, float]]:
    """Silhouette of each pair of genres in the plane of the first two components, of real and of generated tracks."""
    folder = synthesis.main.folder if synthesis and synthesis.main else None
    if folder is None:
        return {}
    pairs: dict[tuple[str, str], dict[str, float]] = {}
    for row in read_rows(folder / "separability.csv"):
        pairs.setdefault((row["genre_a"], row["genre_b"]), {})[row["source"]] = float(row["silhouette"])
    return pairs
