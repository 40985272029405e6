"""Validate a configuration before any work begins."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gtzan.audio.encoders.registry import check_encoder
from gtzan.audio.settings import check_settings
from gtzan.corpora.splits import check_protocol
from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration import schema
from gtzan.experiments.configuration.arguments import (
    AUGMENTATION,
    BLOCK_BANDS,
    CORPORA,
    EMBEDDING,
    EXTRACTOR,
    GENERATORS,
    NET_VIEWS,
    OPTIMIZERS,
    SPECTRAL_AUGMENTATION,
    TRAINER,
    TRAINER_ELSEWHERE,
    VIEWS,
)
from gtzan.experiments.configuration.composition import keys_of, to_plain_values
from gtzan.experiments.configuration.hydra_errors import error_message, unknown_key, value_of
from gtzan.experiments.configuration.request_rules import check_request
from gtzan.experiments.configuration.rules import NET_RULES, OPTIMIZER_RULES, RULES
from gtzan.experiments.configuration.targets import check_targets_exist, is_own
from gtzan.experiments.configuration.values import Constraint, ListOf, Number, in_words, show
from gtzan.experiments.processes.extras import check_logger
from gtzan.experiments.runs.checkpoint_search import checkpoint_of


def validate(cfg: DictConfig) -> None:
    """Check every key of a composed configuration, without reading audio, importing torch or querying the hardware.

    Raises:
        UserError: the first mistake, with what is allowed instead.
    """
    values = _resolved(cfg)
    program = "synthesize" if "genre" in values else "train"
    for key in values:
        if key not in schema.keys(program):
            raise UserError(unknown_key(key, program, [f"{key}={show(values[key])}"]))
    for key, constraint in RULES.items():
        check(values, key, constraint)
    if values["split"] is not None:
        check_protocol(values["split"], values["fold"], values["folds"])
    _check_data(values["data"])
    _check_trainer(values["trainer"], values["batch_size"])
    _check_features(values["features"])
    _check_optimizer(values["optimizer"])
    _check_model(values)
    _check_augment(values["augment"], values["model"])
    _check_nodes(values)
    check_targets_exist(values)
    _check_models_named(values, program)
    _check_cache(Path(values["cache"]).expanduser())


def check(values: Mapping, key: str, constraint: Constraint) -> None:
    """Raise a :class:`BadValueError` where a dotted key is present but violates its constraint."""
    *nodes, last = key.split(".")
    for name in nodes:
        node = values.get(name)
        if not isinstance(node, Mapping):
            return
        values = node
    if last in values and not constraint.allows(values[last]):
        raise BadValueError(key, values[last], f"{key}={show(values[last])} must be {constraint}.")


def _resolved(cfg: DictConfig) -> dict:
    """The configuration as plain values; the run's own folder, which is only known while a job runs, is left out."""
    cfg = cfg.copy()
    OmegaConf.set_struct(cfg, False)
    cfg.pop("hydra", None)
    if OmegaConf.is_interpolation(cfg, "run_dir"):
        cfg.run_dir = "run_dir"
    program = "synthesize" if "genre" in cfg else "train"
    try:
        values = to_plain_values(cfg, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise BadValueError(str(error.full_key), value_of(error), error_message(error, program)) from error
    for key in schema.keys(program):
        if key not in values and key in ("data", "model", "augment", "trainer", "features", "optimizer", "callbacks"):
            raise UserError(f"{key} is missing: leave ~{key} out.")
    return values


def _check_names(values: Mapping, node: str, known: tuple[str, ...]) -> None:
    for key in values:
        if key not in known and key != "_target_":
            near = get_close_matches(str(key), known, 1)
            hint = f"did you mean {node}.{near[0]}?" if near else f"choose from {', '.join(known)}."
            raise UserError(f"There is no key {node}.{key}: {hint}")


def _target(values: Mapping, node: str) -> str:
    """The name of the class or function that a node makes."""
    target = values.get("_target_")
    if not isinstance(target, str) or not target:
        raise UserError(f"{node}._target_={show(target)} must be the name of what {node} makes.")
    return target.rpartition(".")[2]


def _check_data(data: Mapping) -> None:
    if known := CORPORA.get(_target(data, "data")):
        _check_names(data, "data", (*known, "store"))


def _check_trainer(trainer: Mapping, batch_size: int) -> None:
    for name, instead in TRAINER_ELSEWHERE.items():
        if name in trainer:
            raise UserError(f"trainer.{name} is set by {instead}.")
    _check_names(trainer, "trainer", TRAINER)
    for key in ("max_epochs", "max_steps", "limit_train_batches"):
        if trainer.get(key) == 0:
            raise UserError(f"trainer.{key}=0 leaves nothing to train: leave it out, or try epochs=1.")
    limit = trainer.get("limit_predict_batches")
    if limit is not None and str(limit) != "1.0":  # 1 would be one batch
        raise UserError(f"trainer.limit_predict_batches={limit} leaves too little to measure: leave it out.")
    devices = trainer.get("devices", 1)
    count = len(devices) if isinstance(devices, list) else devices
    if str(count) != "1" and "strategy" not in trainer:
        raise UserError(f"trainer.devices={show(devices)} needs trainer=ddp, which trains on several.")
    if isinstance(count, int) and count > 1 and batch_size % count:
        raise UserError(f"batch_size={batch_size} cannot be shared by {count} processes: choose a multiple.")
    if isinstance(devices, str) and devices != "auto" and not devices.replace(",", "").replace("-", "").isdigit():
        raise UserError(f"trainer.devices={devices} must be {RULES['trainer.devices']}.")


def _check_features(features: Mapping) -> None:
    _check_names(features, "features", EXTRACTOR)
    try:
        check_settings(**features)
    except UserError as error:
        raise UserError(f"features.{error}.") from error


def _check_optimizer(optimizer: Mapping) -> None:
    name = _target(optimizer, "optimizer")
    if is_own(optimizer["_target_"]):
        return
    if name not in OPTIMIZERS:
        near = (get_close_matches(name, OPTIMIZERS, 1) or ["Adam"])[0]
        raise UserError(
            f"optimizer._target_={optimizer['_target_']} is not supported: did you mean torch.optim.{near}? "
            f"There are {', '.join(OPTIMIZERS)}."
        )
    for key in optimizer:
        if key in ("fused", "nesterov", "amsgrad") and key not in OPTIMIZERS[name]:
            raise UserError(f"{name} has no {key}: leave it out with ~optimizer.{key}.")
    _check_names(optimizer, "optimizer", OPTIMIZERS[name])
    epsilon = ListOf(Number(0), 2) if name == "Adafactor" else Number(0)
    for key, constraint in {**OPTIMIZER_RULES, "eps": epsilon}.items():
        check({"optimizer": optimizer}, f"optimizer.{key}", constraint)
    if optimizer.get("fused") and optimizer.get("foreach"):
        raise UserError("optimizer.foreach=true needs optimizer.fused=false: an optimizer has one of the two.")
    if optimizer.get("nesterov") and (not optimizer.get("momentum") or optimizer.get("dampening")):
        raise UserError("optimizer.nesterov=true needs optimizer.momentum above 0 and no dampening.")


def _check_model(values: Mapping) -> None:
    model, features = values["model"], values["features"]
    if str(model.get("make")).startswith("gtzan."):
        _check_names(model, "model", keys_of("model"))
    for node in ("net", "view"):
        if node not in model:
            raise UserError(f"model.{node} is missing: choose a model, such as model=cnn.")
    net, view = _target(model["net"], "model.net"), _target(model["view"], "model.view")
    if view not in VIEWS:
        raise UserError(f"model.view._target_={model['view']['_target_']} must be {in_words(list(VIEWS))} of gtzan.")
    _check_names(model["view"], "model.view", VIEWS[view])
    _check_encoder(values.get("encoder"), model["view"])
    if view in ("LogMels", "Blocks"):
        _check_mel_bands(model["view"].get("bands") if view == "LogMels" else BLOCK_BANDS, features)
    if "weights" in model:
        weights = GENERATORS.get(net, GENERATORS["Cvae"])
        _check_names(model["weights"], "model.weights", weights)
        for name in weights:
            if name not in model["weights"]:
                raise UserError(f"model.weights.{name} is missing: 0 leaves it out of the loss.")
    if net not in NET_RULES:  # a user's own net
        return
    _check_names(model["net"], "model.net", tuple(NET_RULES[net]))
    for key, constraint in NET_RULES[net].items():
        check(values, f"model.net.{key}", constraint)
    if view not in NET_VIEWS[net]:
        wanted = in_words([f"gtzan.data.views.{name}" for name in NET_VIEWS[net]])
        raise UserError(f"model.view._target_={model['view']['_target_']}: {net} takes {wanted}.")
    if net in GENERATORS and list(model["view"].get("features", ["mfcc"])) != ["mfcc"]:
        raise UserError("model.view.features must be [mfcc]: a generator makes nothing else.")
    rate = features.get("sample_rate", 22050) / features.get("hop_length", 512)
    frames = max(1, round(values["segment_seconds"] * rate))
    sizes = {"mfcc": features.get("n_mfcc", 20), "chroma": features.get("n_chroma", 12)}
    columns = sum(sizes.get(name, 1) for name in model["view"].get("features", ["mfcc"]))
    columns = model["view"].get("bands") or columns
    if net == "Cnn" and min(columns, frames) < (least := 2 ** len(model["net"].get("channels", (64, 128, 256)))):
        raise UserError(
            f"This Cnn needs at least {least} MFCCs and {least} frames, not {columns} and {frames}: raise "
            "features.n_mfcc or segment_seconds, or give it fewer model.net.channels."
        )
    if net == "ConvLstm" and frames < (block := model["net"].get("block", 16)):
        raise UserError(f"model.net.block={block} is more than the {frames} frames of segment_seconds.")
    if net == "Cvae" and model["net"].get("stride", 4) % 2:
        raise UserError(f"model.net.stride={model['net']['stride']} must be even.")


def _check_mel_bands(bands: int | None, features: Mapping) -> None:
    """Every mel band can be had, for there are as many MFCCs."""
    n_mfcc, n_mels = features.get("n_mfcc", 20), features.get("n_mels", 128)
    if n_mfcc != n_mels:
        raise UserError(
            f"features.n_mfcc={n_mfcc} of features.n_mels={n_mels}: log-mel spectrograms are made of as many MFCCs as "
            f"there are mel bands, so set features.n_mfcc={n_mels}."
        )
    if bands is not None and n_mels % bands:
        raise UserError(
            f"{bands} bands cannot be averaged from features.n_mels={n_mels}: choose a multiple, such as {4 * bands}."
        )


def _check_encoder(encoder: str | None, view: Mapping) -> None:
    """An encoder and a view of its embeddings go together, and its weights are installed."""
    embedded = EMBEDDING in view.get("features", ())
    if embedded and encoder is None:
        raise UserError("model.view.features=[embedding] needs an encoder: add encoder=musicnn.")
    if embedded and list(view["features"]) != [EMBEDDING]:
        raise UserError(f"model.view.features={show(view['features'])} must be [embedding] alone with an encoder.")
    if encoder is not None:
        if not embedded:
            raise UserError(f"encoder={encoder} gives embeddings instead of features: choose model=probe.")
        check_encoder(encoder)


def _check_augment(augment: Mapping, model: Mapping) -> None:
    """Terms that are on, and a model that is trained in epochs on what they change."""
    _check_names(augment, "augment", AUGMENTATION)
    terms = [name for name in AUGMENTATION if augment.get(name)]
    if not terms:
        return
    shown = f"augment.{terms[0]}={show(augment[terms[0]])}"
    make = str(model.get("make"))
    if make.startswith("gtzan.") and not make.endswith(".make_classifier"):
        raise UserError(f"{shown} changes nothing here: only classifiers trained in epochs take it; set augment=none.")
    view = _target(model["view"], "model.view")
    if view != "LogMels" and (spectral := [name for name in terms if name in SPECTRAL_AUGMENTATION]):
        raise UserError(
            f"augment.{spectral[0]}={show(augment[spectral[0]])} changes log-mel spectrograms, and this net takes "
            f"{view}: choose augment=light, or model=resnet."
        )


def _check_nodes(values: Mapping) -> None:
    """Callbacks and loggers must each have a target."""
    for name, node in values["callbacks"].items():
        if node is not None:
            if not isinstance(node, Mapping):
                raise UserError(f"callbacks.{name}={show(node)} must be null or a class with its arguments.")
            _target(node, f"callbacks.{name}")
    for name in ("last", "history"):
        if name not in values["callbacks"]:
            raise UserError(f"callbacks.{name} is missing, and every run needs it: leave ~callbacks.{name} out.")
    logger = values.get("logger")
    nodes = list(logger.values()) if isinstance(logger, Mapping) and "_target_" not in logger else [logger]
    for node in logger if isinstance(logger, list) else nodes:
        if not isinstance(node, Mapping):
            raise UserError(f"logger={show(logger)} is not a logger: choose logger=tensorboard, csv, many or none.")
        check_logger(_target(node, "logger"))


def _check_models_named(values: Mapping, program: str) -> None:
    """Runs and checkpoints that are named as trained models must exist and be used by this program."""
    generator = "weights" in values["model"]
    if program == "synthesize" and not generator:
        raise UserError("Music is made by a generator: choose model=flow, model=generator or model=generator_lstm.")
    if program == "synthesize":
        check_request(values, _target(values["model"]["net"], "model.net"))
    if values.get("guide") is not None and not generator:
        raise UserError(f"guide={values['guide']}: only a generator has a guide; leave it out, or model=generator.")
    if values.get("class_weights") is not None and generator:
        raise UserError(f"class_weights={values['class_weights']} is for classifiers: leave it out for a generator.")
    resumed = values.get("resume")
    if resumed is not None and not (Path(resumed) / "config.yaml").exists():
        raise BadValueError("resume", resumed, f"resume={resumed} is not a run directory: it has no config.yaml.")
    for key in ("guide", "ckpt", "judge"):
        if values.get(key) is not None:
            try:
                checkpoint_of(values[key])
            except UserError as error:
                raise BadValueError(key, values[key], f"{key}={values[key]}: {error}") from error


def _check_cache(cache: Path) -> None:
    there = next(folder for folder in (cache.absolute(), *cache.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise UserError(f"cache={cache} cannot be written: {there} is not a folder.")
