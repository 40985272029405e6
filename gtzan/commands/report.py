"""``gtzan report``: the page of a run, a sweep, a synthesis or a folder of runs, made again from what is there."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from gtzan.errors import UserError

PLACES = ("data.root=", "data.store=", "data.groups=", "data.name=", "data.builtin_root=", "cache=")
EPILOG = """\
A sweep's page is made of its points' folders and a synthesis' of its own. A run predicts its tracks again, with its
checkpoint and its configuration, in which KEY=VALUE changes where the music is: data.root=PATH, data.store=FOLDER or
cache=FOLDER."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of a run, a sweep or a synthesis, or of runs")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="of a run whose music has moved")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write ``report.html`` and say where it is."""
    folder: Path = arguments.folder
    if (folder / "synthesis.json").exists():
        from gtzan.synthesis_report import write
    elif (folder / "metrics.json").exists():
        print(_run_again(folder, arguments.overrides))
        return 0
    else:
        from gtzan.sweep_report import write
    if arguments.overrides:
        raise UserError(f"{arguments.overrides[0]}: only a run's report is made of music that may have moved.")
    print(write(folder))
    return 0


def _run_again(run: Path, overrides: Sequence[str]) -> Path:
    """Predict a run's tracks once more, and write its page.

    Raises:
        UserError: its music, features or checkpoint are not on this machine, or an override makes no sense.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from gtzan.config import read_corpus
    from gtzan.files import read_json

    for override in overrides:
        if not override.startswith(PLACES):
            raise UserError(f"{override}: only {', '.join(PLACES)} can change where a run's music is.")
    try:
        cfg = OmegaConf.merge(OmegaConf.load(run / "config.yaml"), OmegaConf.from_dotlist(list(overrides)))
        cfg.run_dir = str(run)
    except (OSError, ValueError, YAMLError, OmegaConfBaseException) as error:
        raise UserError(f"{run / 'config.yaml'} is no configuration ({type(error).__name__}).") from error
    try:
        corpus, split = read_corpus(cfg)
    except UserError as error:
        raise UserError(f"The tracks of {run} are not here, so it cannot be judged again. {error}") from error

    metrics = read_json(run / "metrics.json") or {}
    if corpus.digest != metrics.get("corpus_digest"):
        raise UserError(f"{corpus.root} holds other tracks than {run} was trained and judged on.")

    from gtzan.checkpoints import load
    from gtzan.classifier import Classifier
    from gtzan.companions import is_generator
    from gtzan.config import in_one_process, make_datamodule, make_trainer, results_class
    from gtzan.generator import Generator
    from gtzan.runs import checkpoint_of

    model = load(Generator if is_generator(cfg) else Classifier, checkpoint_of(run), "the model in config.yaml")
    datamodule = make_datamodule(cfg, corpus, split)
    # Predicting leaves nothing behind, and the machine may be another one by now.
    cfg.callbacks, cfg.logger = {}, []
    for key, value in {"accelerator": "auto", "enable_checkpointing": False}.items():
        cfg.trainer[key] = value
    trainer = make_trainer(in_one_process(cfg))
    return results_class(cfg).of(trainer, model, datamodule).report(run, datamodule.store, cfg)
