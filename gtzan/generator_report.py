"""``report.html`` of a generator: how well it recreates each genre, and what every run's report has."""

from pathlib import Path

from omegaconf import DictConfig

from gtzan import run_report
from gtzan.recreations import Recreations
from gtzan.run_folder import RunFolder
from gtzan.store import FeatureStore

CURVES = {
    "train/mse": "training squared error",
    "val/mse": "held-out squared error",
    "val/recreation_accuracy": "the guide hears the genre in",
}
# What can be seen in the pictures, by the beginning of their names.
TEXTS = {
    "curves": "Errors of {} over the epochs",
    "genres": "What the guide hears in recreations of each genre",
    "recreated": "MFCCs of a held-out track of {}, of its recreation, and of a new sample of that genre",
}


def write(recreations: Recreations, run: RunFolder, store: FeatureStore, cfg: DictConfig) -> Path:
    """Write the page into the folder of a finished run; returns its path.

    Args:
        recreations: of every track.
        run: its folder, with its pictures.
        store: the features.
        cfg: of the run.
    """
    metrics = run.metrics()
    genres = {
        genre: [metrics.get(f"test/{name}/{genre}") for name in ("mse", "recreation_accuracy")]
        for genre in recreations.corpus.genres
    }
    alternatives = {"curves": f"Errors over the epochs: {run_report.last_values(run, CURVES)}"}
    for path in sorted(run.figures.glob("*.png")):
        kind, _, genre = path.stem.partition("_")
        alternatives.setdefault(path.stem, TEXTS.get(kind, "{}").format(genre))
    return run_report.write(run, "generator.html.j2", cfg, store, recreations.split, alternatives, genres=genres)
