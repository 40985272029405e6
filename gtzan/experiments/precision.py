"""``trainer.precision=auto``: the precision in which a net trains faster on this machine's processor."""

import json
import logging
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock
from omegaconf import DictConfig

from gtzan.errors import reason_of
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.runs.environment import processor_name
from gtzan.experiments.sweeps.identity import computed_by
from gtzan.files import read_json, write_json

log = logging.getLogger(__name__)

AUTO, FULL, MIXED = "auto", "32-true", "bf16-mixed"
WORTH = 1.15  # times as fast, from which mixed precision is taken: noise must not decide
LEAST, MOST, SECONDS = 3, 10, 1.0  # steps of a trial, and the time after which there are enough
BATCH = 32  # segments of a trial's steps, at most


def with_precision(cfg: DictConfig, n_classes: int) -> DictConfig:
    """The configuration with a precision in place of ``auto``.

    On a CPU, some training steps of the net on random numbers are timed in float32 and in mixed bfloat16. What is
    found is kept in ``precision.json`` in the cache, for the same net, batches, processor and version of torch: so a
    machine answers the same again. On other devices, and for embeddings, it is float32.
    """
    if cfg.trainer.get("precision") != AUTO:
        return cfg
    other = computed_by(cfg)["device"] != "cpu" or cfg.get("encoder")
    seconds = None if other else _remembered(cfg, n_classes)
    cfg = cfg.copy()
    cfg.trainer.precision = FULL if seconds is None else faster(seconds)
    if seconds is not None:
        log.info("trainer.precision=%s: a step takes one thread %s", cfg.trainer.precision, _text(seconds))
    return cfg


def faster(seconds: dict[str, float]) -> str:
    """Mixed precision where it is much faster; seconds of a step by precision."""
    return MIXED if seconds[FULL] / seconds[MIXED] >= WORTH else FULL


def _remembered(cfg: DictConfig, n_classes: int) -> dict[str, float]:
    """The seconds of a step, from the cache or measured now, one process at a time."""
    facts = {
        **{key: to_plain_values(cfg.model[key]) for key in ("net", "view")},
        "features": to_plain_values(cfg.features),
        "optimizer": cfg.optimizer["_target_"],
        **{key: cfg[key] for key in ("segment_seconds", "batch_size")},
        "classes": n_classes,
        "processor": processor_name(),
        "torch": version("torch"),
    }
    key = sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    file = Path(cfg.cache) / "precision.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            known = read_json(file) or {}
            if key not in known:
                known[key] = {"seconds": measure(cfg, n_classes), **facts}
                write_json(file, known)
            return known[key]["seconds"]
    except OSError as error:
        log.warning("The choice of trainer.precision=auto cannot be kept in %s: %s", file, reason_of(error))
        return measure(cfg, n_classes)


def measure(cfg: DictConfig, n_classes: int) -> dict[str, float]:
    """Seconds of a training step of the net in each precision, the least of some steps that take turns.

    Of processor time, on one thread: several threads wait for each other, the longer the busier the machine is, and
    that must not decide.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=()):
            step = _training_step(cfg, n_classes)
            seconds: dict[str, list[float]] = {FULL: [], MIXED: []}
            until = time.process_time() + SECONDS
            while len(seconds[FULL]) < LEAST or (len(seconds[FULL]) < MOST and time.process_time() < until):
                for precision, taken in seconds.items():
                    begun = time.process_time()
                    step(precision == MIXED)
                    taken.append(time.process_time() - begun)
    finally:
        torch.set_num_threads(threads)
    return {precision: min(taken) for precision, taken in seconds.items()}


def _training_step(cfg: DictConfig, n_classes: int) -> Callable[[bool], None]:
    """A function that trains the net of a configuration for a step, on random numbers, in mixed precision or not."""
    import torch
    import torch.nn.functional as F
    from torch import nn

    from gtzan.audio.features import FeatureExtractor
    from gtzan.data.views import VIEWS
    from gtzan.models.classifier import build
    from gtzan.models.instantiation import instantiate_from

    view, extractor = build(to_plain_values(cfg.model.view), VIEWS), FeatureExtractor(**to_plain_values(cfg.features))
    columns = sum(extractor.columns[name].stop - extractor.columns[name].start for name in view.features)
    frames = max(1, round(cfg.segment_seconds * extractor.settings["sample_rate"] / extractor.settings["hop_length"]))
    batch = min(cfg.batch_size, BATCH)
    x, y = view(torch.randn(batch, frames, columns)), torch.randint(n_classes, (batch,))
    net = build(to_plain_values(cfg.model.net), (nn.Module,), input_shape=tuple(x.shape[1:]), n_classes=n_classes)
    optimizer = instantiate_from(cfg.optimizer, "optimizer", params=net.parameters())

    def loss_of_classifier() -> torch.Tensor:
        return F.cross_entropy(net(x).float(), y)

    def loss_of_generator() -> torch.Tensor:
        output = net(x[:, 0], y)
        return output.x.float().square().mean() + sum(term.float().mean() for term in output.terms.values())

    loss = loss_of_generator if "weights" in cfg.model else loss_of_classifier

    def step(mixed: bool) -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            error = loss()
        error.backward()
        optimizer.step()

    return step


def _text(seconds: dict[str, float]) -> str:
    return ", ".join(f"{1000 * value:.1f} ms in {precision}" for precision, value in seconds.items())
