"""Validate a configuration before any work begins."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gtzan.audio.settings import check_settings
from gtzan.corpora.splits import check_protocol
from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration import schema
from gtzan.experiments.configuration.arguments import CORPORA, EXTRACTOR, OPTIMIZERS, TRAINER, TRAINER_ELSEWHERE
from gtzan.experiments.configuration.checks import check, check_names, target_name
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.configuration.hydra_errors import error_message, unknown_key, value_of
from gtzan.experiments.configuration.model_rules import check_augment, check_model
from gtzan.experiments.configuration.request_rules import check_request
from gtzan.experiments.configuration.rules import OPTIMIZER_RULES, RULES
from gtzan.experiments.configuration.targets import check_targets_exist, is_own
from gtzan.experiments.configuration.values import ListOf, Number, show
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
    check_model(values)
    check_augment(values["augment"], values["model"])
    _check_nodes(values)
    check_targets_exist(values)
    _check_models_named(values, program)
    _check_cache(Path(values["cache"]).expanduser())


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


def _check_data(data: Mapping) -> None:
    if known := CORPORA.get(target_name(data, "data")):
        check_names(data, "data", (*known, "store"))


def _check_trainer(trainer: Mapping, batch_size: int) -> None:
    for name, instead in TRAINER_ELSEWHERE.items():
        if name in trainer:
            raise UserError(f"trainer.{name} is set by {instead}.")
    check_names(trainer, "trainer", TRAINER)
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
    check_names(features, "features", EXTRACTOR)
    try:
        check_settings(**features)
    except UserError as error:
        raise UserError(f"features.{error}.") from error


def _check_optimizer(optimizer: Mapping) -> None:
    name = target_name(optimizer, "optimizer")
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
    check_names(optimizer, "optimizer", OPTIMIZERS[name])
    epsilon = ListOf(Number(0), 2) if name == "Adafactor" else Number(0)
    for key, constraint in {**OPTIMIZER_RULES, "eps": epsilon}.items():
        check({"optimizer": optimizer}, f"optimizer.{key}", constraint)
    if optimizer.get("fused") and optimizer.get("foreach"):
        raise UserError("optimizer.foreach=true needs optimizer.fused=false: an optimizer has one of the two.")
    if optimizer.get("nesterov") and (not optimizer.get("momentum") or optimizer.get("dampening")):
        raise UserError("optimizer.nesterov=true needs optimizer.momentum above 0 and no dampening.")


def _check_nodes(values: Mapping) -> None:
    """Callbacks and loggers must each have a target."""
    for name, node in values["callbacks"].items():
        if node is not None:
            if not isinstance(node, Mapping):
                raise UserError(f"callbacks.{name}={show(node)} must be null or a class with its arguments.")
            target_name(node, f"callbacks.{name}")
    for name in ("last", "history"):
        if name not in values["callbacks"]:
            raise UserError(f"callbacks.{name} is missing, and every run needs it: leave ~callbacks.{name} out.")
    logger = values.get("logger")
    nodes = list(logger.values()) if isinstance(logger, Mapping) and "_target_" not in logger else [logger]
    for node in logger if isinstance(logger, list) else nodes:
        if not isinstance(node, Mapping):
            raise UserError(f"logger={show(logger)} is not a logger: choose logger=tensorboard, csv, many or none.")
        check_logger(target_name(node, "logger"))


def _check_models_named(values: Mapping, program: str) -> None:
    """Runs and checkpoints that are named as trained models must exist and be used by this program."""
    generator = "weights" in values["model"]
    if program == "synthesize" and not generator:
        raise UserError("Music is made by a generator: choose model=flow, model=generator or model=generator_lstm.")
    if program == "synthesize":
        check_request(values, target_name(values["model"]["net"], "model.net"))
    if values.get("guide") is not None and not generator:
        raise UserError(f"guide={values['guide']}: only a generator has a guide; leave it out, or model=generator.")
    if values.get("class_weights") is not None and generator:
        raise UserError(f"class_weights={values['class_weights']} is for classifiers: leave it out for a generator.")
    resumed = values.get("resume")
    if resumed is not None and not (Path(resumed) / "config.yaml").exists():
        raise BadValueError("resume", resumed, f"resume={resumed} is not a run folder: it has no config.yaml.")
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
