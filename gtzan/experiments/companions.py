"""Find or train the models that another one needs: a generator's guide, and the judge of its samples."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from omegaconf import DictConfig, open_dict

from gtzan.audio.encoders.registry import complete_settings
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import compose, to_plain_values
from gtzan.experiments.configuration.schema import keys
from gtzan.experiments.factory import read_corpus
from gtzan.experiments.origin import Origin, find_origin
from gtzan.experiments.processes.launch import run_dir
from gtzan.experiments.resuming import continued
from gtzan.experiments.runs.checkpoint_search import TRAINED_AS, checkpoint_of
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.runs.search import Candidate, best_of, find_classifiers, find_generators, newest_generator
from gtzan.experiments.sweeps.points import Point, run_locked
from gtzan.synthesis.request import Request

log = logging.getLogger(__name__)

Train = Callable[[DictConfig], dict]
# Keys that a companion copies from the configuration it is trained for: the same music, split, segments and folders.
COPIED_KEYS = ("genres", "split", "fold", "folds", "train_share", "segment_seconds", "on_broken", "cache", "runs")


def with_guide(cfg: DictConfig, corpus: Corpus, split: Split, train: Train) -> DictConfig:
    """A generator's configuration with ``guide`` set: as given, else the best suitable run, else one trained now.

    No net of statistics is suitable, for such a net is what judges: the judge of one seed would guide the next.

    Raises:
        UserError: the given one cannot judge what will be generated, or a newly trained one is near chance.
    """
    if not is_generator(cfg):
        return cfg
    if cfg.guide is not None:
        if not cfg.data.store:  # whose features are there, and have its own settings
            _check_guide(cfg, corpus)
        return cfg

    def find() -> Path | None:
        nets = (c for c in find_classifiers(cfg, corpus, split) if not _is_of_statistics(c.settings))
        return _path(best_of(nets, "guide"))

    guide = _find_or_train("guide", cfg, find, lambda: _train(cfg, "guide", "cnn", cfg.seed, train))
    log.info("The generator's guide: %s", guide)
    cfg = cfg.copy()
    cfg.guide = str(guide)
    return cfg


def _check_guide(cfg: DictConfig, corpus: Corpus) -> None:
    """The generator checks its guide, too, but only once features, which may take hours, are there."""
    from gtzan.models.checkpoints import load_model
    from gtzan.models.classifier import Classifier
    from gtzan.models.generator import check_judges

    guide = load_model(Classifier, checkpoint_of(cfg.guide), "a genre classifier")
    features = complete_settings(to_plain_values(cfg.features))
    check_judges(dict(guide.hparams), features, list(corpus.genres), float(cfg.segment_seconds))


def find_judge(cfg: DictConfig, corpus: Corpus, split: Split, train: Train) -> Path:
    """A classifier of another architecture and seed than a generator's guide: the best suitable run, or trained now.

    Args:
        cfg: of the generator, with its guide's run.
        corpus, split: the generator's.
        train: trains a configuration.

    Raises:
        UserError: a newly trained one is near chance.
    """
    guide = RunFolder.of_checkpoint(checkpoint_of(cfg.guide)).settings()

    def is_independent(settings: dict) -> bool:
        other_net = settings["model"]["net"]["_target_"] != guide["model"]["net"]["_target_"]
        return other_net and settings["seed"] != guide["seed"]

    def find() -> Path | None:
        return _path(best_of((c for c in find_classifiers(cfg, corpus, split) if is_independent(c.settings)), "judge"))

    return _find_or_train("judge", cfg, find, lambda: _train(cfg, "judge", "judge", guide["seed"] + 1, train))


def find_generator(cfg: DictConfig, corpus: Corpus, split: Split) -> Path | None:
    """The best finished run of the generator that ``cfg`` describes; training's length and seed may differ."""
    return _path(best_of(find_generators(cfg, corpus, split), "generator"))


def _is_of_statistics(settings: dict) -> bool:
    return settings["model"]["view"]["_target_"] == "gtzan.data.views.Statistics"


def _path(candidate: Candidate | None) -> Path | None:
    return candidate.run.path if candidate else None


def is_generator(cfg: DictConfig) -> bool:
    return "weights" in cfg.model


def _find_or_train(name: str, cfg: DictConfig, find: Callable[[], Path | None], train: Callable[[], Path]) -> Path:
    """An existing run, else one trained now: if several processes need it, one trains and the others wait."""
    if found := find():
        return found
    Path(cfg.runs).mkdir(parents=True, exist_ok=True)
    with FileLock(Path(cfg.runs) / f".{name}.lock"):
        return find() or train()


def _train(cfg: DictConfig, name: str, model: str, seed: int, train: Train) -> Path:
    """Train a classifier with default settings on a generator's training data; returns its run folder.

    Raises:
        UserError: its accuracy is near chance.
    """
    folder = run_dir(cfg.runs, None, f"model={model},seed={seed}")
    log.info("No suitable classifier in runs: training one (model=%s seed=%d)", model, seed)
    companion = compose("train", [f"model={model}", f"seed={seed}"])
    with open_dict(companion):
        features = to_plain_values(cfg.features)
        for key in COPIED_KEYS:
            companion[key] = cfg.get(key, companion[key])
        companion.data = cfg.data
        companion.logger = cfg.logger
        companion.trainer = cfg.trainer
        companion.trainer.max_epochs = companion.epochs
        for key in ("gradient_clip_val", "gradient_clip_algorithm"):  # what suits the generator
            companion.trainer.pop(key, None)
        companion.features = {**features, "n_mfcc": min(companion.model.n_mfcc, features["n_mfcc"])}
        companion.run_dir = folder
        if companion.threads is None:
            companion.threads = cfg.threads
    run = _trained(companion, train)
    if run.path == Path(folder):  # else a run that somebody asked for, and which was interrupted
        run.save_environment({**run.environment(), TRAINED_AS: name})
    trained = Candidate(run, run.settings(), run.metrics(), companion.epochs)
    if trained.near_chance:
        raise UserError(
            f"The classifier trained as {name} is near chance: {trained}. Train a better one, with more music or "
            f"another model, and name it with {name}=RUN."
        )
    return run.path


def _trained(cfg: DictConfig, train: Train) -> RunFolder:
    """Train in the configuration's folder, or go on with what an interrupted command has begun."""
    cfg = continued(cfg)
    log.info("Training in %s", cfg.run_dir)
    run_locked(Point(Path(cfg.run_dir)), train, cfg)
    return RunFolder(Path(cfg.run_dir))


@dataclass(frozen=True)
class Companions:
    """The trained models that synthesis uses.

    Attributes:
        generator: its checkpoint.
        judge: the judge's checkpoint.
        origin: what the generator was trained on; ``None`` where that is not on this machine.
    """

    generator: Path
    judge: Path
    origin: Origin | None

    @classmethod
    def of(cls, cfg: DictConfig, request: Request, train: Train) -> "Companions":
        """The models that ``ckpt`` and ``judge`` name; else the best suitable ones in ``runs``; else trained now.

        Raises:
            UserError: a model that does not exist, a genre that the corpus does not have, or no judge and no corpus to
                train one on.
        """
        if cfg.ckpt is None:
            corpus, split = read_corpus(cfg)
            request.check(corpus, split)  # before training
            run = _find_or_train(
                "generator", cfg, lambda: find_generator(cfg, corpus, split), lambda: _train_generator(cfg, train)
            )
            generator = RunFolder(run).checkpoint
            _warn_near_chance(run, cfg.epochs)
        else:
            generator = checkpoint_of(cfg.ckpt)
            _check_generator(generator)  # before a judge is trained for it
        origin = find_origin(generator, cfg)
        if origin is not None:
            request.check(origin.corpus, origin.split)
        if cfg.judge is not None:
            return cls(generator, checkpoint_of(cfg.judge), origin)
        if origin is None:
            raise UserError(
                f"The music that {generator} was trained on is not on this machine, so no judge can be trained: name "
                "a classifier with judge=RUN."
            )
        judge = find_judge(origin.cfg, origin.corpus, origin.split, train)
        return cls(generator, RunFolder(judge).checkpoint, origin)


def _check_generator(checkpoint: Path) -> None:
    from gtzan.models.checkpoints import load_model
    from gtzan.models.generator import Generator

    load_model(Generator, checkpoint, "a generator")


def _warn_near_chance(run: Path, epochs: int) -> None:
    """Warn of a generator near chance, which training again for as long would not improve."""
    generator = Candidate(RunFolder(run), RunFolder(run).settings(), RunFolder(run).metrics(), epochs)
    if generator.near_chance:
        log.warning(
            "The generator is near chance: its guide hardly recognises the genres of its reconstructions: %s. Train it "
            "longer (epochs=%d), on more music, or name another with ckpt=RUN.",
            generator,
            2 * epochs,
        )


def _train_generator(cfg: DictConfig, train: Train) -> Path:
    net = cfg.model.net["_target_"].rpartition(".")[2].lower()
    folder = run_dir(cfg.runs, None, f"model={net},seed={cfg.seed}")
    log.info("No suitable generator in runs: training one first")
    if other := newest_generator(Path(cfg.runs), cfg.model.net["_target_"]):
        corpus = (other.metrics_if_readable() or {}).get("corpus")
        log.info("To use %s instead, a generator that was trained on %s: ckpt=%s", other, corpus, other)
    training = cfg.copy()
    with open_dict(training):
        for key in set(keys("synthesize")) - set(keys("train")):
            del training[key]
        training.run_dir = folder
    return _trained(training, train).path
