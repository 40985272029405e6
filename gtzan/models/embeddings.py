"""What a classifier knows of a track before it chooses a genre: the inputs of its net's last linear layer."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from gtzan.corpora.fingerprints import fingerprints
from gtzan.errors import BrokenAudioError, UserError
from gtzan.files import write_atomically
from gtzan.models.checkpoints import model_digest
from gtzan.models.predictor import Predictor


@contextmanager
def inputs_of_last_linear(net: nn.Module) -> Iterator[list[Tensor]]:
    """A list that grows by the inputs ``(batch, width)`` of the net's last ``Linear``, if it has one, at each call."""
    inputs: list[Tensor] = []
    layers = [module for module in net.modules() if isinstance(module, nn.Linear)]
    hook = layers[-1].register_forward_pre_hook(lambda _, x: inputs.append(x[0].float().cpu())) if layers else None
    try:
        yield inputs
    finally:
        if hook:
            hook.remove()


def embed_file(predictor: Predictor, path: Path) -> np.ndarray:
    """The embedding of a file, ``(width,)``: the mean over its segments.

    Raises:
        BrokenAudioError: it cannot be read.
        UserError: the net has no linear layer.
    """
    with inputs_of_last_linear(predictor.classifier.net) as inputs:
        predictor.predict_file(path)
    if not inputs:
        raise UserError(f"{type(predictor.classifier.net).__name__} has no linear layer, and so no embedding.")
    return torch.cat(inputs).mean(dim=0).numpy()


def embed_files(
    checkpoint: Path, predictor: Predictor, paths: Sequence[Path], cache: Path
) -> tuple[dict[Path, np.ndarray], dict[Path, str]]:
    """Embeddings of files; those of the same content and weights are read from the cache.

    Args:
        checkpoint: what ``predictor`` was loaded from.
        predictor: the classifier.
        paths: audio files.
        cache: a folder, in which ``embeddings-<weights>.npz`` holds a row for each content.

    Returns:
        By path: embeddings ``(width,)``, and what is wrong with the other files.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--cache {cache}: {(error.strerror or str(error)).lower()}.") from error
    memory = cache / f"embeddings-{model_digest(checkpoint)[:16]}.npz"
    contents = [content for _, content in fingerprints(list(paths), cache / "fingerprints.json")]
    known = _read(memory)
    before = len(known)
    found, broken = {}, {}
    try:
        for path, content in zip(tqdm(paths, "Embeddings", unit="file", disable=None), contents, strict=True):
            if content not in known:
                try:
                    known[content] = embed_file(predictor, path)
                except BrokenAudioError as error:
                    broken[path] = error.reason
                    continue
            found[path] = known[content]
    finally:  # after Ctrl-C, too: what was computed is not computed again
        if len(known) > before:
            _write(memory, known)
    return found, broken


def _write(memory: Path, known: dict[str, np.ndarray]) -> None:
    file = io.BytesIO()
    np.savez(file, contents=np.array(list(known)), embeddings=np.stack(list(known.values())))
    try:
        write_atomically(memory, file.getvalue())
    except OSError as error:
        raise UserError(f"--cache {memory.parent}: {(error.strerror or str(error)).lower()}.") from error


def _read(memory: Path) -> dict[str, np.ndarray]:
    """What the cache remembers; nothing where it is missing or damaged."""
    try:
        with np.load(memory) as stored:
            return dict(zip(stored["contents"].tolist(), stored["embeddings"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
