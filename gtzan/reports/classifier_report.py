"""Report of a classifier's run: tables, figures, TensorBoard, and a page with an interactive confusion matrix."""

from dataclasses import dataclass
from pathlib import Path

from lightning import Trainer

from gtzan.evaluation.classification import Results
from gtzan.evaluation.classification_report import write_report
from gtzan.evaluation.mistakes import find_mistakes
from gtzan.models.predictor import Predictor
from gtzan.reports.classifier_figures import draw_classifier_figures
from gtzan.reports.dashboard import Dashboard, save_pictures
from gtzan.reports.held_out_tracks import held_out_tracks
from gtzan.reports.run_report import RunReport, last_values

CURVES = {
    "train/loss": "training loss",
    "val/loss": "held-out loss",
    "train/accuracy": "training accuracy",
    "val/accuracy": "held-out accuracy",
}


@dataclass(frozen=True)
class ClassifierReport(RunReport):
    """Writes the report of a classifier's run into its folder."""

    results: Results

    def write_files(self, trainer: Trainer, history: list[dict], metrics: dict) -> None:
        """Predictions, classification report, figures, and what TensorBoard shows."""
        results, run = self.results, self.run
        run.save_predictions(*results.predictions())
        report = results.classification_report()
        write_report(report, run.path / "report.csv")
        mistakes = find_mistakes(results)
        for old in run.figures.glob("misclassified_*.png"):  # a resumed run may make fewer mistakes
            old.unlink()
        dashboard = Dashboard.of(trainer)
        save_pictures(draw_classifier_figures(results, self.store, history, report, mistakes), run.figures, dashboard)
        if dashboard:
            dashboard.add_sounds(mistakes, results, self.store.settings["sample_rate"], self.cfg.segment_seconds)
            dashboard.add_embedding(results)
            dashboard.add_hyperparameters(self.cfg, metrics)
            dashboard.close()

    def write_page(self) -> Path:
        results = self.results
        held_out = "validation" if len(results.split.valid) else "held-out"
        names = {name: called.replace("held-out", held_out) for name, called in CURVES.items()}
        curves = f"Loss, mean squared error and accuracy by epoch: {last_values(self.run, names)}"
        # Pretrained encoders take too long to be asked some forty times for each mistake.
        explained = "encoder" not in self.store.settings and self.run.checkpoint.exists()
        predictor = Predictor.load(self.run.checkpoint) if explained else None
        return self.render(
            "classifier.html.j2",
            {"curves": curves, "reliability": self._calibration()},
            script="matrix.js",
            similarity=self._similarity(),
            genres=results.corpus.genres,
            matrix=results.confusion_matrix().tolist(),
            report=results.classification_report(),
            held_out=held_out_tracks(results, self.store, self.cfg.segment_seconds, predictor),
        )

    def _calibration(self) -> str:
        error = self.results.reliability().error
        found = f"Reliability of the probabilities: their expected calibration error on held-out tracks is {error:.1%}"
        temperature = self.results.temperature
        if temperature is None:
            return f"{found}; they are not calibrated, for the split has no validation tracks"
        after = self.results.reliability(temperature).error
        return f"{found}, {after:.1%} at the temperature {temperature:.2f}, which validation tracks have given"

    def _similarity(self) -> str:
        """What artist-filtered precision at 10 says, or why it does not."""
        results, precision = self.results, self.results.precision
        if results.embeddings is None:
            return "The net has no linear layer, and so no embeddings to compare tracks by."
        if precision is None:
            return "Not measured: no held-out track has ten others by other artists, some of them of its genre."
        tracks = [results.corpus.tracks[i] for i in results.split.test]
        unknown = sum(track.group is None for track in tracks)
        others = "other held-out tracks" if unknown == len(tracks) else "held-out tracks by other artists"
        found = (
            f"Of the ten {others} that are most similar to a held-out track, {precision.value:.1%} have its genre "
            f"(precision at 10, mean over {precision.queries} tracks); by chance, {precision.chance:.1%} would"
        )
        if precision.most < 1:
            found += f", and at most {precision.most:.1%} could, for some genres have too few such tracks"
        if unknown:
            whose = "The tracks'" if unknown == len(tracks) else f"{unknown} tracks'"
            found += f". {whose} artists are unknown: others by these may be among the ten and make the number too high"
        return f"{found}."
