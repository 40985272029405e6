"""What the reports of classifiers' and generators' runs have in common, ``report.html`` above all."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning import Trainer
from omegaconf import DictConfig, OmegaConf

from gtzan.data import health
from gtzan.data.store import FeatureStore
from gtzan.experiments.runs.folder import RunFolder
from gtzan.files import write_atomically
from gtzan.reports import page
from gtzan.reports.data_urls import image_url
from gtzan.reports.run_title import run_title


@dataclass(frozen=True)
class RunReport(ABC):
    """Writes the report of a run into its folder.

    Attributes:
        results: of every track.
        run: its folder.
        store: the features.
        cfg: the run's configuration.
    """

    results: Any
    run: RunFolder
    store: FeatureStore
    cfg: DictConfig

    @abstractmethod
    def write_files(self, trainer: Trainer, history: list[dict], metrics: dict) -> None:
        """Tables, figures, and what TensorBoard shows."""

    @abstractmethod
    def write_page(self) -> Path:
        """``report.html`` of a finished run; returns its path."""

    def render(self, template: str, alternatives: Mapping[str, str], script: str | None = None, **values) -> Path:
        """Fill a template that extends ``run.html.j2`` from the files in the folder.

        Args:
            template, script: files of ``gtzan/reports/templates``.
            alternatives: text alternative of each figure to show, by the stem of its file.
            values: for the template's own blocks.

        Returns:
            The page's file.
        """
        run, metrics, environment = self.run, self.run.metrics(), self.run.environment()
        command = environment.pop("command", None)
        shown = [(name, text) for name, text in alternatives.items() if (run.figures / f"{name}.png").exists()]
        if len(run.history()) < 2:  # a curve of one point, which runs of earlier versions have
            shown = [(name, text) for name, text in shown if not name.startswith("curves")]
        cfg = self.cfg.copy()
        cfg.run_dir = str(run.path)
        html = page.render(
            template,
            script,
            title=run_title(cfg.model.net["_target_"].rpartition(".")[2], metrics["split"]),
            metrics=metrics,
            interval=page.interval,
            figures=[(image_url(run.figures / f"{name}.png"), text) for name, text in shown],
            findings=health.findings(self.store, self.results.split, metrics.get("test/artist_overlap")),
            configuration=OmegaConf.to_yaml(cfg, resolve=True),
            command=command,
            environment=environment,
            **values,
        )
        write_atomically(run.path / "report.html", html)
        return run.path / "report.html"


def last_values(run: RunFolder, names: Mapping[str, str]) -> str:
    """The last value of each metric in a run's history, in words, such as ``training loss 0.12, held-out loss 0.53``.

    Args:
        run: its folder.
        names: what to call each metric of ``history.csv``.
    """
    history = run.history()
    last = {name: value for row in history for name, value in row.items()}
    text = {name: f"{last[name]:.1%}" if "accuracy" in name else f"{last[name]:.3g}" for name in last}
    values = [f"{called} {text[name]}" for name, called in names.items() if name in text]
    return f"after {len(history)} epochs, {', '.join(values)}"
