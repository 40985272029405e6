"""What a generator's run shows: figures, TensorBoard, and a page that says how well it recreates each genre."""

from dataclasses import dataclass
from pathlib import Path

from lightning import Trainer
from omegaconf import DictConfig

from gtzan.data.store import FeatureStore
from gtzan.evaluation.reconstruction import Recreations
from gtzan.experiments.runs.folder import RunFolder
from gtzan.reports import run_report
from gtzan.reports.dashboard import Dashboard, show
from gtzan.reports.recreation_pictures import pictures

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


@dataclass(frozen=True)
class GeneratorReport:
    """Writes what a generator's run shows into its folder.

    Attributes:
        results: of every track.
        run: its folder.
        store: the features.
        cfg: the run's configuration.
    """

    results: Recreations
    run: RunFolder
    store: FeatureStore
    cfg: DictConfig

    def write_files(self, trainer: Trainer, history: list[dict], metrics: dict) -> None:
        """Figures, and what TensorBoard shows."""
        dashboard = Dashboard.of(trainer)
        show(pictures(self.results, trainer, history, self.cfg), self.run.figures, dashboard)
        if dashboard:
            dashboard.add_hyperparameters(self.cfg, metrics)
            dashboard.close()

    def write_page(self) -> Path:
        """``report.html`` of a finished run; returns its path."""
        metrics = self.run.metrics()
        genres = {
            genre: [metrics.get(f"test/{name}/{genre}") for name in ("mse", "recreation_accuracy")]
            for genre in self.results.corpus.genres
        }
        alternatives = {"curves": f"Errors over the epochs: {run_report.last_values(self.run, CURVES)}"}
        for path in sorted(self.run.figures.glob("*.png")):
            kind, _, genre = path.stem.partition("_")
            alternatives.setdefault(path.stem, TEXTS.get(kind, "{}").format(genre))
        split = self.results.split
        return run_report.write(self.run, "generator.html.j2", self.cfg, self.store, split, alternatives, genres=genres)
