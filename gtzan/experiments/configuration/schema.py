"""The types of the configuration's keys, as Hydra's structured configurations; their values are in ``conf/``.

``conf/train.yaml`` and ``conf/synthesize.yaml`` begin with these, so that Hydra refuses a value of another type and
turns ``3`` into ``3.0`` where a number is meant. The ranges of numbers are in ``rules.py``.
"""

from dataclasses import dataclass, fields
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, OmegaConf


@dataclass
class Training:
    """Keys of ``train.py``. Nodes that choose a class and its arguments are free dictionaries."""

    data: dict[str, Any] = MISSING
    model: dict[str, Any] = MISSING
    augment: dict[str, Any] = MISSING
    trainer: dict[str, Any] = MISSING
    logger: Any = MISSING  # one, a list or a dictionary of several
    callbacks: dict[str, Any] = MISSING
    features: dict[str, Any] = MISSING
    encoder: str | None = MISSING
    optimizer: dict[str, Any] = MISSING

    genres: Any = MISSING  # one name or a list of names
    split: str | None = MISSING
    fold: int = MISSING
    folds: int | None = MISSING
    train_share: float = MISSING
    epochs: int = MISSING
    batch_size: int = MISSING
    lr: float = MISSING
    seed: int = MISSING
    segment_seconds: float = MISSING
    hop_seconds: float = MISSING
    segments_per_track: int | None = MISSING
    class_weights: str | None = MISSING
    guide: str | None = MISSING

    on_broken: str = MISSING
    threads: int | None = MISSING
    cache: str = MISSING
    runs: str = MISSING
    resume: str | None = MISSING
    run_dir: str = MISSING


@dataclass(init=False, repr=False, eq=False)  # whose code could not name continue, a keyword of Python
class Synthesis(Training):
    """Keys of ``synthesize.py``."""

    genre: Any = MISSING  # one name, a list of names, or "all"
    n: int = MISSING
    seconds: float = MISSING
    temperature: float = MISSING
    blend: Any = MISSING  # genres and their shares
    like: str | None = MISSING
    strength: float = MISSING
    __annotations__["continue"] = str | None
    vars()["continue"] = MISSING
    ckpt: str | None = MISSING
    judge: str | None = MISSING


SCHEMAS = {"train": Training, "synthesize": Synthesis}
OPEN = ("trainer", "features", "optimizer")
"""Nodes that take any argument of their class, also those that no file mentions; ``validation.py`` knows them."""


def keys(program: str) -> tuple[str, ...]:
    """The names at the top of a program's configuration."""
    return tuple(field.name for field in fields(SCHEMAS[program]))


def _node(schema: type):
    node = OmegaConf.structured(schema)
    for name in OPEN:
        node[name] = {}
        OmegaConf.set_struct(node[name], False)
    return node


for _program, _schema in SCHEMAS.items():
    ConfigStore.instance().store(f"{_program}_schema", _node(_schema), provider="gtzan")
