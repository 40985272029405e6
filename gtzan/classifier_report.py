"""``report.html`` of a classifier: a confusion matrix whose cells open, and what every run's report has."""

from pathlib import Path

from omegaconf import DictConfig

from gtzan import run_report
from gtzan.evidence import evidence
from gtzan.metrics import confusion_matrix
from gtzan.report import classification_report
from gtzan.results import Results
from gtzan.run_folder import RunFolder
from gtzan.store import FeatureStore

CURVES = {
    "train/loss": "training loss",
    "val/loss": "held-out loss",
    "train/accuracy": "training accuracy",
    "val/accuracy": "held-out accuracy",
}


def write(results: Results, run: RunFolder, store: FeatureStore, cfg: DictConfig) -> Path:
    """Write the page into the folder of a finished run; returns its path.

    Args:
        results: of every track.
        run: its folder.
        store: the features.
        cfg: of the run.
    """
    _, y, probabilities = results.scores(results.split.test).tracks()
    heard, genres = probabilities.argmax(dim=1), results.corpus.genres
    held_out = "validation" if len(results.split.valid) else "held-out"
    names = {name: called.replace("held-out", held_out) for name, called in CURVES.items()}
    return run_report.write(
        run,
        "classifier.html.j2",
        cfg,
        store,
        results.split,
        {"curves": f"Loss, squared error and accuracy over the epochs: {run_report.last_values(run, names)}"},
        script="matrix.js",
        genres=genres,
        matrix=confusion_matrix(y, heard, len(genres)).int().tolist(),
        report=classification_report(y.numpy(), heard.numpy(), genres),
        evidence=evidence(results, store, cfg.segment_seconds),
    )
