"""``report.html`` of a run: results, training curves, data quality, and how to reproduce it."""

from collections.abc import Mapping
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from gtzan.corpora.splits import Split
from gtzan.data import health
from gtzan.data.store import FeatureStore
from gtzan.experiments.runs.folder import RunFolder
from gtzan.files import write_atomically
from gtzan.reports import page
from gtzan.reports.data_urls import image_url


def write_run_page(
    run: RunFolder,
    template: str,
    cfg: DictConfig,
    store: FeatureStore,
    split: Split,
    alternatives: Mapping[str, str],
    script: str | None = None,
    **values,
) -> Path:
    """Fill a template that extends ``run.html.j2``.

    Args:
        run: its folder, with metrics, history, figures and environment.
        template, script: files of ``gtzan/templates``.
        cfg: of the run.
        store, split: its data.
        alternatives: text alternative of each figure to show, by the stem of its file.
        values: for the template's own blocks.

    Returns:
        The page's file.
    """
    metrics = run.metrics()
    environment = run.environment()
    command = environment.pop("command", None)
    shown = [(name, text) for name, text in alternatives.items() if (run.figures / f"{name}.png").exists()]
    plain = cfg.copy()
    plain.run_dir = str(run.path)
    html = page.render(
        template,
        script,
        net=cfg.model.net["_target_"].rpartition(".")[2],
        metrics=metrics,
        interval=page.interval,
        figures=[(image_url(run.figures / f"{name}.png"), text) for name, text in shown],
        findings=health.findings(store, split, metrics.get("test/artist_overlap")),
        configuration=OmegaConf.to_yaml(plain, resolve=True),
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
