"""From the configuration to the objects of a run."""

import logging
from functools import partial

from hydra.utils import get_class, get_method
from omegaconf import DictConfig, ListConfig, open_dict

from gtzan.audio.encoders.registry import encoder_settings, pinned
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.recordings import with_recordings
from gtzan.corpora.splits import Split, make_split
from gtzan.corpora.train_share import with_train_share
from gtzan.data.store import FeatureStore
from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.processes.cpu import allotted_threads, use_threads
from gtzan.synthesis.request import Request

log = logging.getLogger(__name__)

COMPOSING = ("auto_corpus", "builtin_corpus")  # corpora that may have to be made first


def read_corpus(cfg: DictConfig) -> tuple[Corpus, Split]:
    """Find the tracks and split them, without torch, so that mistakes are reported at once.

    Raises:
        UserError: whatever is wrong with the corpus or the split.
    """
    corpus = find_corpus(cfg)
    split = divide(cfg, corpus)
    check_stopping(cfg, split)
    log.info("%s: %d tracks, %d genres; split %s", corpus.label, len(corpus.tracks), len(corpus.genres), split.protocol)
    for tracks in split.shared_recordings(corpus):
        names = " = ".join(corpus.tracks[i].name for i in tracks)
        log.warning("split %s has one recording in several parts: %s", split.protocol, names)
    return corpus, split


def divide(cfg: DictConfig, corpus: Corpus) -> Split:
    """The parts of a corpus that a configuration describes.

    Raises:
        UserError: it cannot be divided like that.
    """
    split = make_split(corpus, cfg.split, cfg.fold, cfg.folds)
    return with_train_share(split, corpus, cfg.get("train_share", 1), cfg.seed)  # older runs lack the key


def check_stopping(cfg: DictConfig, split: Split) -> None:
    """Raises a :class:`UserError` for early stopping on held-out tracks, which would choose an epoch by them."""
    if len(split.valid):
        return
    for name, node in cfg.callbacks.items():
        stops = node is not None and str(node.get("_target_")).endswith(".EarlyStopping")
        if stops and not str(watched := node.get("monitor")).startswith("train/"):
            raise UserError(
                f"callbacks.{name}.monitor={watched} is measured on the test tracks, for split={split.protocol} has no "
                "validation part: monitor train/loss, or take a split that has one (split=fault_filtered on "
                "GTZAN; for other music, data=table with a column split)."
            )


def several_processes(cfg: DictConfig) -> bool:
    """Whether one training is divided among processes."""
    devices = cfg.trainer.devices
    one = len(devices) == 1 if isinstance(devices, ListConfig) else str(devices) == "1"
    return "strategy" in cfg.trainer or not one


def in_one_process(cfg: DictConfig) -> DictConfig:
    """The configuration for this process alone, whatever has trained or will train."""
    alone = cfg.copy()
    with open_dict(alone):
        alone.trainer.devices = 1
        for key in ("strategy", "sync_batchnorm", "plugins"):
            alone.trainer.pop(key, None)
    return alone


def find_corpus(cfg: DictConfig) -> Corpus:
    """The tracks of ``genres`` in the corpus that ``data`` describes.

    Genres and splits that it does not have are refused before any audio is read or composed.
    """
    if cfg.data.store:
        corpus = _open_carried_store(cfg).corpus  # before a guide is trained
    else:
        data = to_plain_values(cfg.data)
        del data["store"]
        # Not Hydra's instantiate, which wraps the function's errors in its own.
        make = get_method(data.pop("_target_"))
        if make.__name__ in COMPOSING:
            data["check"] = partial(_check_use, cfg)
        corpus = make(**data)
        _check_use(cfg, corpus)
        corpus = with_recordings(corpus, cfg.cache)
    return corpus.only(cfg.genres)


def _check_use(cfg: DictConfig, corpus: Corpus) -> None:
    """Raise a :class:`UserError` if a corpus cannot be divided, or generated from, as configured."""
    corpus = corpus.only(cfg.genres)
    split = divide(cfg, corpus)
    if "genre" in cfg:
        Request.of(cfg).check(corpus, split)


def open_store(cfg: DictConfig, corpus: Corpus) -> FeatureStore:
    """The features, from ``data.store`` or the cache, extracted where they are missing."""
    use_threads(cfg.threads)  # before anything is computed: sums depend on it in their last bits
    encoder = cfg.get("encoder")
    if not cfg.data.store:
        settings = encoder_settings(encoder) if encoder else to_plain_values(cfg.features)
        # Jobs of one machine extract together: each takes its share of the cores, not all of them.
        return FeatureStore.of(corpus, settings, cfg.cache, cfg.on_broken, allotted_threads())
    store = _open_carried_store(cfg, corpus).checked(cfg.on_broken)
    for key, value in ({} if encoder else cfg.features).items():
        if store.settings.get(key) != value:
            raise UserError(f"features.{key}={value}, but the store {store.path} has {store.settings.get(key)}.")
    return store


def _open_carried_store(cfg: DictConfig, corpus: Corpus | None = None) -> FeatureStore:
    """The store that ``data.store`` names, with as many MFCCs as are asked for."""
    store, encoder = FeatureStore.open(cfg.data.store, corpus), cfg.get("encoder")
    if store.settings.get("encoder") != (encoder and pinned(encoder)):
        found = store.settings.get("encoder") or "features"
        raise UserError(f"encoder={encoder or 'null'}, but the store {store.path} holds {found}.")
    return store if encoder else store.with_mfccs(cfg.features.n_mfcc)


def make_datamodule(cfg: DictConfig, corpus: Corpus, split: Split):
    """The features' segments, in the parts of the split."""
    from gtzan.data.datamodule import GenreDataModule
    from gtzan.data.views import VIEWS
    from gtzan.models.classifier import build

    return GenreDataModule(
        open_store(cfg, corpus),
        split,
        build(to_plain_values(cfg.model.view), VIEWS),
        batch_size=cfg.batch_size,
        segment_seconds=cfg.segment_seconds,
        hop_seconds=cfg.hop_seconds,
        segments_per_track=cfg.segments_per_track,
        seed=cfg.seed,
    )


def make_model(cfg: DictConfig, datamodule):
    """A new classifier or generator, its weights a function of the seed, its standardiser fitted on training tracks."""
    from lightning import seed_everything

    seed_everything(cfg.seed, verbose=False)
    store = datamodule.store
    weights = datamodule.class_weights() if cfg.get("class_weights") else None
    model = get_method(cfg.model.make)(
        cfg,
        **({} if weights is None else {"class_weights": weights}),
        net=to_plain_values(cfg.model.net),
        view=to_plain_values(cfg.model.view),
        input_shape=list(datamodule.input_shape),
        classes=list(store.corpus.genres),
        features=store.settings,
        segment_seconds=float(cfg.segment_seconds),
        optimizer=to_plain_values(cfg.optimizer),
        corpus=store.corpus.label,
    )
    model.initialise(datamodule)
    size, name = sum(p.numel() for p in model.net.parameters()), type(model.net).__name__
    log.info("%s: %d parameters; %d training segments", name, size, len(datamodule.train))
    return model


def make_classifier(cfg: DictConfig, **arguments):
    """``make`` of the classifiers' configurations."""
    from gtzan.models.classifier import Classifier

    augment = to_plain_values(cfg.augment) if "augment" in cfg else {}  # older runs lack the key
    return Classifier(**arguments, augment=augment if any(augment.values()) else None)


def make_closed_form_classifier(cfg: DictConfig, **arguments):
    """``make`` of the configurations of classifiers that are fitted at once, not trained epoch by epoch."""
    from gtzan.models.closed_form import ClosedFormClassifier

    return ClosedFormClassifier(**arguments)


def make_generator(cfg: DictConfig, **arguments):
    """``make`` of the generators' configurations: with the weights of the guide that ``guide`` names."""
    from gtzan.experiments.runs.checkpoint_search import checkpoint_of
    from gtzan.models.checkpoints import load_model
    from gtzan.models.classifier import Classifier
    from gtzan.models.generator import Generator

    guide = load_model(Classifier, checkpoint_of(cfg.guide), "a genre classifier")
    generator = Generator(**arguments, weights=to_plain_values(cfg.model.weights), guide=dict(guide.hparams))
    generator.guide.load_state_dict(guide.state_dict())
    return generator


def results_class(cfg: DictConfig) -> type:
    """Of the model: how what it has learned is measured."""
    return get_class(cfg.model.results)


def report_class(cfg: DictConfig) -> type:
    """Of the model: how its results are shown."""
    return get_class(cfg.model.report)
