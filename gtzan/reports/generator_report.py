"""Report of a generator's run: figures, TensorBoard, and a page with the reconstruction accuracy of each genre."""

from dataclasses import dataclass
from pathlib import Path

from lightning import Trainer

from gtzan.evaluation.reconstruction import Reconstructions
from gtzan.reports.dashboard import Dashboard, save_pictures
from gtzan.reports.generator_figures import draw_generator_figures
from gtzan.reports.run_report import RunReport, last_values

CURVES = {
    "train/mse": "training MSE",
    "val/mse": "held-out MSE",
    "val/reconstruction_accuracy": "held-out reconstruction accuracy",
}
# Text alternatives by the beginning of a figure's file name.
TEXTS = {
    "curves": "Reconstruction error of {} by epoch",
    "genres": "Reconstruction error and accuracy by genre",
    "reconstructed": "MFCCs of a held-out {} segment, of its reconstruction, and of a new sample of that genre",
}


@dataclass(frozen=True)
class GeneratorReport(RunReport):
    """Writes the report of a generator's run into its folder."""

    results: Reconstructions

    def write_files(self, trainer: Trainer, history: list[dict], metrics: dict) -> None:
        """Figures, and what TensorBoard shows."""
        dashboard = Dashboard.of(trainer)
        save_pictures(draw_generator_figures(self.results, trainer, history, self.cfg), self.run.figures, dashboard)
        if dashboard:
            dashboard.add_hyperparameters(self.cfg, metrics)
            dashboard.close()

    def write_page(self) -> Path:
        metrics = self.run.metrics()
        genres = {
            genre: [metrics.get(f"test/{name}/{genre}") for name in ("mse", "reconstruction_accuracy")]
            for genre in self.results.corpus.genres
        }
        alternatives = {"curves": f"Reconstruction error by epoch: {last_values(self.run, CURVES)}"}
        for path in sorted(self.run.figures.glob("*.png")):
            kind, _, genre = path.stem.partition("_")
            alternatives.setdefault(path.stem, TEXTS.get(kind, "{}").format(genre))
        return self.render("generator.html.j2", alternatives, genres=genres)
