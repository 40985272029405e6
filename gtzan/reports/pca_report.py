"""The whole PCA of a run: projection, separability of the genres, pictures, and what is written of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gtzan.csv_files import write_rows
from gtzan.evaluation.pca import Projection, TrackFeatures, separability
from gtzan.experiments.processes.terminal import text_table
from gtzan.reports.plots import pca as pca_figures
from gtzan.reports.plots.style import one_line, pixels


@dataclass(frozen=True)
class PcaReport:
    """What there is to see and to read.

    Attributes:
        projection: fitted on the training tracks.
        separability: rows of ``pca.separability`` in the plane of the first two components, each with its
            ``source``: ``real`` (training and held-out tracks) first, then ``generated`` where there is any.
        pictures: RGB ``(height, width, 3)`` by name: ``pca``, ``pca_variance``, ``pca_loadings``.
    """

    projection: Projection
    separability: list[dict]
    pictures: dict[str, np.ndarray]

    def write(self, folder: Path) -> None:
        """``separability.csv`` and a PNG of each picture, into a folder that is there."""
        from PIL import Image

        self.write_table(folder)
        for name, picture in self.pictures.items():
            Image.fromarray(picture).save(folder / f"{name}.png")

    def write_table(self, folder: Path) -> None:
        """``separability.csv`` alone."""
        names = ("source", "genre_a", "genre_b", "silhouette", "centroid_distance")
        write_rows(folder / "separability.csv", names, ([_cell(row[n]) for n in names] for row in self.separability))

    def __str__(self) -> str:
        """Explained variance and separability for people, without the corpus, which the caller names above it."""
        ratio = self.projection.explained_variance_ratio
        head = f"Explained variance: component 1 {ratio[0]:.1%}, component 2 {ratio[1]:.1%}, both {ratio[:2].sum():.1%}"
        return f"{head}\n\n{_table(self.separability)}" if self.separability else head


def pca_report(train: TrackFeatures, test: TrackFeatures, generated: TrackFeatures | None, title: str) -> PcaReport:
    """Fit on the training tracks, and show them, the held-out and the generated ones.

    Args:
        train, test: real tracks.
        generated: ``None`` where nothing was generated.
        title: the corpus's label, which says when the music is synthetic, and the protocol.

    Raises:
        UserError: fewer than three training tracks that differ.
    """
    projection = Projection.fit(train)
    sources = {"real": [train, test]} | ({} if generated is None else {"generated": [generated]})
    rows = []
    for source, parts in sources.items():
        points = np.concatenate([projection.transform(part)[:, :2] for part in parts])
        genre = np.concatenate([part.genre for part in parts])
        rows += [{"source": source} | row for row in separability(points, genre, train.genres)]
    fitted = f"{title} · {len(train)} training tracks of {', '.join(train.genres)}"
    pictures = {
        "pca": pixels(pca_figures.scatter(projection, train, test, generated, title)),
        "pca_variance": pixels(pca_figures.explained_variance(projection, fitted)),
        "pca_loadings": pixels(pca_figures.loadings(projection, fitted)),
    }
    return PcaReport(projection, rows, pictures)


def _table(rows: Sequence[dict]) -> str:
    """A line for each pair, real and generated side by side; — where a genre has too few tracks."""
    sources = list(dict.fromkeys(row["source"] for row in rows))
    measures = {"silhouette": "silhouette", "centroid_distance": "distance"}
    pairs: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for row in rows:
        values = {(measure, row["source"]): row[measure] for measure in measures}
        pairs.setdefault((row["genre_a"], row["genre_b"]), {}).update(values)
    columns = {(measure, source): f"{measures[measure]}, {source}" for measure in measures for source in sources}
    names = [" – ".join(one_line(genre, 30) for genre in pair) for pair in pairs]
    cells = [
        [name, *("—" if math.isnan(values[key]) else f"{values[key]:.2f}" for key in columns)]
        for name, values in zip(names, pairs.values(), strict=True)
    ]
    title = "Separability in the plane of components 1 and 2: mean silhouette, distance of the centroids"
    return f"{title}\n\n{text_table(['two genres', *columns.values()], cells, right=range(1, len(columns) + 1))}"


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return "" if math.isnan(value) else f"{value:.6f}"
