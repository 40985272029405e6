"""``gtzan report``: rebuild the page of a run, a sweep, a synthesis or a folder of runs."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gtzan.errors import UserError
from gtzan.experiments.processes.terminal import show
from gtzan.experiments.runs.folder import RunFolder

PLACES = (
    *("data.root=", "data.store=", "data.groups=", "data.csv=", "data.metadata=", "data.name=", "data.builtin_root="),
    "cache=",
)
EPILOG = """\
A sweep's page is made of its points' folders and a synthesis' of its own. A run predicts its tracks again, with its
checkpoint and its configuration, in which KEY=VALUE changes where the music is: data.root=PATH, data.store=FOLDER or
cache=FOLDER."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of a run, a sweep or a synthesis, or of runs")
    parser.add_argument("overrides", nargs="*", default=[], metavar="KEY=VALUE", help="of a run whose music has moved")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write ``report.html`` and say where it is."""
    folder, run = arguments.folder, RunFolder(arguments.folder)
    if not folder.is_dir():  # before the slow imports that follow
        raise UserError(f"{folder} is not a folder: name that of a run, a sweep or a synthesis, or a folder of runs.")
    if run.is_synthesis:
        from gtzan.reports.synthesis_report import write_synthesis_page as write_page
    elif run.finished:
        show(_run_again(run, arguments.overrides))
        return 0
    else:
        from gtzan.reports.sweep_report import write_sweep_page as write_page
    if arguments.overrides:
        raise UserError(f"{arguments.overrides[0]}: only a run's report is made of music that may have moved.")
    show(write_page(folder))
    return 0


def _run_again(run: RunFolder, overrides: Sequence[str]) -> Path:
    """Predict a run's tracks once more, and write its page.

    Raises:
        UserError: its music, features or checkpoint are not on this machine, or an override makes no sense.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from gtzan.experiments.configuration.validation import validate
    from gtzan.experiments.factory import read_corpus
    from gtzan.experiments.sweeps.identity import corpus_digest

    for override in overrides:
        if not override.startswith(PLACES):
            raise UserError(f"{override}: only {', '.join(PLACES)} can change where a run's music is.")
    metrics = run.metrics()
    try:
        cfg = run.config()
        cfg.merge_with(OmegaConf.from_dotlist(list(overrides)))
    except (ValueError, OmegaConfBaseException) as error:
        raise UserError(
            f"{run.config_file} does not go with {' '.join(overrides)} ({type(error).__name__})."
        ) from error
    alone = cfg.copy()
    alone.guide = None  # the checkpoint holds its weights, and its run may be gone
    try:
        validate(alone)
    except UserError as error:
        raise UserError(f"{run.config_file} is damaged, or of another version: {error}") from error
    try:
        corpus, split = read_corpus(cfg)
    except UserError as error:
        raise UserError(f"The tracks of {run.path} are not here, so it cannot be judged again. {error}") from error

    from gtzan.models.checkpoints import is_trained_on, load_model

    if corpus_digest(corpus, cfg) != metrics.get("corpus_digest"):
        raise UserError(f"{corpus.root} holds other tracks than {run.path} was trained and judged on.")
    if not is_trained_on(run.checkpoint, corpus, split):
        raise UserError(f"{corpus.root} is divided otherwise than when {run.path} was trained: its parts have changed.")

    from gtzan.experiments.companions import is_generator
    from gtzan.experiments.factory import in_one_process, make_datamodule, report_class, results_class
    from gtzan.experiments.trainer import make_trainer
    from gtzan.models.classifier import Classifier
    from gtzan.models.generator import Generator

    model = load_model(Generator if is_generator(cfg) else Classifier, run.checkpoint, "the model in config.yaml")
    datamodule = make_datamodule(cfg, corpus, split)
    # Predicting writes nothing, and may happen on another machine.
    cfg.callbacks, cfg.logger = {}, []
    cfg.trainer.accelerator = "auto"
    trainer = make_trainer(in_one_process(cfg))
    measured: Any = results_class(cfg)
    results = measured.of(trainer, model, datamodule)
    return report_class(cfg)(results, run, datamodule.store, cfg).write_page()
