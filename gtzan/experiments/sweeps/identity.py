"""The identity of a sweep point: all that its numbers depend on, and its hash. Equal hashes mean equal results."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from gtzan.audio.encoders.registry import pinned
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.fingerprints import fingerprints
from gtzan.corpora.splits import Split
from gtzan.data.source import GUIDES, SYNTHESIS, TRAINING, code_digest, extractor_modules, target_digest
from gtzan.errors import UserError, reason_of
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.processes.cpu import available_threads
from gtzan.experiments.processes.gpus import chosen_by_auto
from gtzan.experiments.runs.checkpoint_search import checkpoint_of

# Keys that do not affect a point's numbers, or whose effect is part of "music" or "computed".
IGNORED = (
    *("data", "genres", "split", "fold", "folds", "logger", "on_broken", "threads", "cache", "runs", "resume"),
    "run_dir",
)
IGNORED_OF_MODEL = (
    "epochs",
    "lr",
    "segment_seconds",
    "hop_seconds",
    "segments_per_track",
    "n_mfcc",
    "threads",
    "precision",
)  # defaults of keys above
IGNORED_OF_TRAINER = (
    *("accelerator", "devices", "num_nodes", "enable_model_summary", "enable_checkpointing"),
    *("num_sanity_val_steps", "log_every_n_steps", "profiler", "enable_progress_bar", "default_root_dir"),
)
MODELS = ("guide", "ckpt", "judge")  # keys that name a trained model
SONGS = ("like", "continue")  # keys that name a file whose content counts


@dataclass(frozen=True)
class Identity:
    """Everything that the numbers of a point depend on.

    Attributes:
        defines: nested plain values: hashes of the code and the music, the device and number of threads (which change
            the last bits of sums, and training amplifies that), and every key of the configuration that affects a
            number.
    """

    defines: dict

    @classmethod
    def of(cls, cfg: DictConfig, music: dict) -> "Identity":
        """The identity of a configuration on the music that :func:`music_of` describes.

        Raises:
            UserError: ``guide``, ``ckpt`` or ``judge`` names no model.
        """
        values = settings(cfg)
        return cls({"code": code_of(values), "music": music, "computed": computed_by(cfg), **values})

    @cached_property
    def digest(self) -> str:
        """Hash of the whole identity."""
        return _hash(self.defines)

    @cached_property
    def cell(self) -> str:
        """Hash without ``epochs``: points of a cell are the same training, stopped at different epochs."""
        return _hash({key: value for key, value in self.defines.items() if key != "epochs"})

    @property
    def epochs(self) -> int:
        return self.defines["epochs"]


def settings(cfg: DictConfig) -> dict:
    """The configuration as plain values, without devices, threads, logging, progress and paths.

    A guide that is not named is not part of it; the point's ``config.yaml`` says which one was used.
    """
    nowhere = cfg.copy()
    OmegaConf.set_struct(nowhere, False)
    nowhere.pop("hydra", None)
    nowhere.run_dir = nowhere.cache = nowhere.runs = ""  # callbacks and others name folders below these
    values = _without_ignored(to_plain_values(nowhere))
    if values.get("encoder"):
        with suppress(UserError):  # of an earlier run, whose folder has gone: it is like no other
            values["encoder"] = pinned(values["encoder"])
    for key in SONGS:
        if values.get(key) is not None:
            with suppress(OSError):  # of an earlier run, likewise
                values[key] = sha256(Path(values[key]).expanduser().read_bytes()).hexdigest()[:16]
    return values | {key: _content(values[key]) for key in MODELS if values.get(key) is not None}


def defining(config: dict) -> dict[str, str]:
    """Text of what affects a run's numbers, by key, such as ``model.net.lstm``, but for its music, split and seed.

    Args:
        config: a run's configuration as plain values, as saved; it may lack what only training needs.
    """
    whole = {"trainer": {}, "callbacks": {}, "epochs": None} | config
    values = _without_ignored(whole) | {"genres": config.get("genres")}
    values["callbacks"] = {key: value for key, value in values["callbacks"].items() if key != "seed"}
    return {key: text for key, text in _flat(values) if key != "seed"}


def _without_ignored(config: dict) -> dict:
    """A configuration's plain values without those that affect no number, or whose effect is told otherwise."""
    values = {key: value for key, value in config.items() if key not in IGNORED}
    values["model"] = {key: value for key, value in values["model"].items() if key not in IGNORED_OF_MODEL}
    values["trainer"] = {key: value for key, value in values["trainer"].items() if key not in IGNORED_OF_TRAINER}
    if values["trainer"].get("max_epochs") == values["epochs"]:
        values["trainer"].pop("max_epochs", None)
    values["callbacks"] = {key: value for key, value in values["callbacks"].items() if key != "progress"}
    return values


def _flat(values: dict, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested values as text, with their keys joined by dots."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "" if value is None else str(value)


def code_of(values: dict) -> dict[str, str]:
    """Hashes of the code that a run's numbers depend on: the project's own, and classes that ``values`` names."""
    features = extractor_modules(values.get("encoder"))
    code = {"features": code_digest(features), "training": code_digest(TRAINING)}
    if "weights" in values["model"]:  # a generator
        code["guides"] = code_digest(GUIDES)
    if "ckpt" in values:
        code["synthesis"] = code_digest(SYNTHESIS)
    found = {target: target_digest(target) for target in sorted(_targets(values))}
    counted = (*features, *TRAINING)
    return code | {name: digest for name, digest in found.items() if digest and name.rpartition(".")[0] not in counted}


def computed_by(cfg: DictConfig) -> dict:
    """The kind of device and, on a CPU, the number of threads."""
    device = cfg.trainer.accelerator
    if device == "auto":
        device = chosen_by_auto()
    return {"device": device, "threads": cfg.threads or available_threads()} if device == "cpu" else {"device": device}


def music_of(corpus: Corpus, split: Split, cfg: DictConfig) -> dict:
    """The data: tracks, artists, and the parts of the split.

    Raises:
        UserError: the cache cannot be written.
    """
    parts = {name: tracks.tolist() for name, tracks in split.parts.items()}
    return {
        **corpus_identity(corpus, cfg),
        "artists": _hash([track.group for track in corpus.tracks])[:16],
        "split": split.protocol,
        "parts": _hash(parts)[:16],
    }


def corpus_identity(corpus: Corpus, cfg: DictConfig) -> dict[str, str]:
    """Hashes of the tracks' names and genres (``tracks``) and of their sound (``sound``).

    Sound is the content of the files, hashed once and cached, or the checksums of a feature store; copies of the
    same music have the same hashes wherever they are stored.

    Raises:
        UserError: the cache cannot be written.
    """
    if cfg.data.store:
        manifest = json.loads((Path(cfg.data.store) / "store.json").read_text(encoding="utf-8"))
        sound = [manifest["checksums"], manifest["settings"]]
    else:
        cache = Path(cfg.cache)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            sound = fingerprints([track.path for track in corpus.tracks], cache / "fingerprints.json")
        except OSError as error:
            raise UserError(f"Cannot write to {cache}: {reason_of(error)}; set cache=FOLDER.") from error
    tracks = [[track.name, track.genre] for track in corpus.tracks]
    return {"tracks": _hash(tracks)[:16], "sound": _hash(sound)[:16]}


def corpus_digest(corpus: Corpus, cfg: DictConfig) -> str:
    """One hash of the names, genres and sound of a corpus's tracks, wherever they are stored."""
    return _hash(corpus_identity(corpus, cfg))


def differences(old: dict, new: dict, prefix: str = "") -> list[str]:
    """What differs between two identities, such as ``batch_size: 16 → 32``."""
    changes = []
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            changes += differences(a, b, f"{prefix}{key}.")
        elif a != b:
            changes.append(f"{prefix}{key}: {a} → {b}")
    return changes


def _targets(values) -> set[str]:
    """Every dotted path of a class or function in nested values."""
    if isinstance(values, dict):
        own = {values[key] for key in ("_target_", "make", "results") if isinstance(values.get(key), str)}
        return own.union(*map(_targets, values.values()))
    return set().union(*map(_targets, values)) if isinstance(values, list) else set()


def _content(model: str) -> str:
    from gtzan.models.checkpoints import model_digest  # imports torch, which only points that name a model need

    return model_digest(checkpoint_of(model))[:16]


def _hash(value) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
