"""Load models from checkpoint files that may not be trusted.

A checkpoint is read as data, names no classes but those on our lists, and takes no more memory than its file has
bytes: what it claims is compared with what it holds before memory is allocated.
"""

import json
import math
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import torch
from lightning import LightningModule

from gtzan.audio.encoders.registry import check_settings
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.data.datamodule import GenreDataModule
from gtzan.errors import UserError
from gtzan.models.checkpoint_files import verified_content
from gtzan.models.targets import check_targets

Model = TypeVar("Model", bound=LightningModule)

MOST_VALUES = 10_000  # of the hyper-parameters, genres included
LONGEST_TEXT = 1_000
LONGEST_SEGMENT = 3600.0  # seconds
LARGEST_EXAMPLE = 100_000_000  # values


def load_model(cls: type[Model], path: str | Path, what: str) -> Model:
    """Rebuild a model from its checkpoint alone.

    Args:
        cls: the model's class.
        path: the checkpoint file.
        what: the class in words, for the error.

    Raises:
        UserError: not a checkpoint, one of something else, or one that claims what it does not hold.
    """
    checkpoint = read_checkpoint(path)
    try:
        arguments, state = checkpoint["hyper_parameters"], checkpoint["state_dict"]
        _check_arguments(arguments, path)
        with torch.device("meta"):  # shapes alone
            shapes = {name: value.shape for name, value in cls(**arguments).state_dict().items()}
        if {name: value.shape for name, value in state.items()} != shapes:
            raise UserError(f"{path} does not hold the weights of the model that it describes.")
        if not all(value.isfinite().all() for value in state.values() if value.is_floating_point()):
            raise UserError(f"{path} holds weights that are not finite: its training has diverged.")
        model = cls(**arguments)
        model.load_state_dict(state)
    except UserError as error:
        if str(path) in str(error):
            raise
        raise UserError(f"{path} is not {what} that can be rebuilt: {error}") from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError) as error:
        raise UserError(f"{path} is a checkpoint of something else than {what}.") from error
    return model.eval()


def load_weights(model: LightningModule, path: Path) -> None:
    """Load the weights of a checkpoint into the model of the same run.

    Not by Lightning, which would restore the callbacks too: the history, and the weights before averaging.
    """
    model.load_state_dict(read_checkpoint(path)["state_dict"])


def read_checkpoint(path: str | Path) -> dict:
    """A checkpoint's content as data: reading it cannot run code, and takes no more memory than the file has bytes.

    Raises:
        UserError: it is not a checkpoint, is damaged, or is packed.
    """
    try:
        return torch.load(verified_content(path), map_location="cpu", weights_only=True)
    except Exception as error:  # which one depends on the bytes: to the unpickler, any file is a program
        raise UserError(f"{path} is not a checkpoint that can be read safely.") from error


def is_trained_on(path: str | Path, corpus: Corpus, split: Split) -> bool:
    """Whether a checkpoint's model was trained on these tracks, in these parts of the split.

    A table's column, a list of artists or a folder may have changed since, and with them what is held out.

    Raises:
        UserError: it is not a checkpoint.
    """
    saved = read_checkpoint(path).get(GenreDataModule.__qualname__)
    digests = split.digests(corpus)
    return isinstance(saved, dict) and all(saved.get(what) == digest for what, digest in digests.items())


def model_digest(path: str | Path) -> str:
    """A hash of the weights and hyper-parameters in a checkpoint.

    Not of the file: that names the folder it was written to, and knows whether training was ever interrupted.

    Raises:
        UserError: it is not a checkpoint of a model.
    """
    checkpoint = read_checkpoint(path)
    try:
        digest = sha256(json.dumps(checkpoint["hyper_parameters"], sort_keys=True).encode())
        for name, value in sorted(checkpoint["state_dict"].items()):
            digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
            digest.update(value.reshape(-1).view(torch.uint8).numpy())
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise UserError(f"{path} is a checkpoint of something else than a model.") from error
    return digest.hexdigest()


def _check_arguments(arguments: dict, path: str | Path) -> None:
    """Raises a :class:`UserError` for hyper-parameters that no training has written.

    ``guide`` are those of the classifier within a generator.
    """
    waiting, count = [arguments], 0
    while waiting:
        value = waiting.pop()
        count += 1
        if count > MOST_VALUES or (isinstance(value, str) and len(value) > LONGEST_TEXT):
            raise UserError(f"{path} has hyper-parameters that are too large to be a model's.")
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
    check_targets(arguments, str(path))
    for model in (arguments, *([arguments["guide"]] if "guide" in arguments else [])):
        try:
            check_settings(**model["features"])
        except (TypeError, UserError) as error:
            raise UserError(f"{path} has features that cannot be computed: {error}.") from error
        seconds, shape, classes = model["segment_seconds"], model["input_shape"], model["classes"]
        if not 0 < seconds <= LONGEST_SEGMENT:
            raise UserError(f"{path} has segments of {seconds} s: more than 0 and at most {LONGEST_SEGMENT:g} are.")
        if not all(type(n) is int and n > 0 for n in shape) or math.prod(shape) > LARGEST_EXAMPLE:
            raise UserError(f"{path} is of examples of the shape {shape}, which none has.")
        if not all(isinstance(name, str) for name in (*classes, model["corpus"])):
            raise UserError(f"{path} has names that are no text.")
