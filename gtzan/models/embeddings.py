"""What a classifier makes of a track: the inputs of its net's last linear layer, and what it measures on the way."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from tqdm import tqdm

from gtzan.audio.features import FeatureExtractor, feature_matrix
from gtzan.corpora.fingerprints import fingerprints
from gtzan.data.datamodule import Batch
from gtzan.data.source import code_digest, extractor_modules
from gtzan.errors import BrokenAudioError, UserError, reason_of
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


class TrackEmbeddings(Callback):
    """Sums up embeddings of tracks while a trainer predicts their segments: one pass, one row in memory for each track.

    Args:
        inputs: of :func:`inputs_of_last_linear`, around the prediction.
        tracks: their indices in the corpus, ascending.
    """

    def __init__(self, inputs: list[Tensor], tracks: np.ndarray) -> None:
        self.inputs, self.tracks = inputs, torch.from_numpy(tracks)
        self.counts, self.sums = torch.zeros(len(tracks)), torch.zeros(len(tracks), 0)

    def on_predict_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Batch, *_: int
    ) -> None:
        if not self.inputs:  # no linear layer
            return
        inputs, track = self.inputs.pop(), batch.track.cpu()
        wanted = torch.isin(track, self.tracks)
        row = torch.searchsorted(self.tracks, track[wanted])
        if not self.sums.numel():
            self.sums = torch.zeros(len(self.tracks), inputs.shape[1])
        self.sums.index_add_(0, row, inputs[wanted])
        self.counts += torch.bincount(row, minlength=len(self.counts))

    @property
    def means(self) -> Tensor | None:
        """``(tracks, width)``, means over segments; ``None`` for a net without a linear layer."""
        return self.sums / self.counts.clamp_min(1)[:, None] if self.sums.numel() else None


@dataclass(frozen=True)
class Embedding:
    """What a classifier makes of a track.

    Attributes:
        vector: ``(width,)``, the mean over segments of the inputs of the net's last linear layer.
        probabilities: ``(n_classes,)``, of the whole track, not calibrated.
        features: ``(n_features,)``, the mean over frames of each column of the feature extractor; ``(0,)`` for a net
            that hears through a pretrained encoder.
        seconds: length of the audio.
    """

    vector: np.ndarray
    probabilities: np.ndarray
    features: np.ndarray
    seconds: float


def embed_file(predictor: Predictor, path: Path) -> Embedding:
    """The embedding of a file.

    Raises:
        BrokenAudioError: it cannot be read.
        UserError: the net has no linear layer.
    """
    with inputs_of_last_linear(predictor.classifier.net) as inputs, _mean_features(predictor) as features:
        prediction = predictor.predict_file(path)
    if not inputs:
        raise UserError(f"{type(predictor.classifier.net).__name__} has no linear layer, and so no embedding.")
    means, frames = zip(*features, strict=True) if features else ([np.empty(0)], [1])
    return Embedding(
        vector=torch.cat(inputs).mean(dim=0).numpy(),
        probabilities=prediction.probabilities,
        features=np.average(means, axis=0, weights=frames),
        seconds=prediction.seconds,
    )


@contextmanager
def _mean_features(predictor: Predictor) -> Iterator[list[tuple[np.ndarray, int]]]:
    """A list that grows by the mean of each feature ``(n_features,)`` and the number of frames, at each extraction."""
    found: list[tuple[np.ndarray, int]] = []

    def add(_, __, frames: Tensor) -> None:
        found.append((feature_matrix(frames[0]).cpu().numpy(), frames.shape[1]))

    extractor = predictor.extractor
    hook = extractor.register_forward_hook(add) if isinstance(extractor, FeatureExtractor) else None
    try:
        yield found
    finally:
        if hook:
            hook.remove()


def embed_files(
    checkpoint: Path, predictor: Predictor, paths: Sequence[Path], cache: Path
) -> tuple[dict[Path, Embedding], dict[Path, str]]:
    """Embeddings of files; those of the same content and weights are read from the cache.

    Args:
        checkpoint: what ``predictor`` was loaded from.
        predictor: the classifier.
        paths: audio files.
        cache: a folder, in which ``embeddings-<weights>-<code>.npz`` holds a row for each content.

    Returns:
        By path: embeddings, and what is wrong with the other files.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--cache {cache}: {reason_of(error)}.") from error
    encoder = predictor.extractor.settings.get("encoder")
    code = code_digest((__name__, *extractor_modules(encoder)))  # other code may give other embeddings
    memory = cache / f"embeddings-{model_digest(checkpoint)[:16]}-{code}.npz"
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


def _write(memory: Path, known: dict[str, Embedding]) -> None:
    file = io.BytesIO()
    columns: dict[str, Any] = {
        field.name: np.stack([getattr(embedding, field.name) for embedding in known.values()])
        for field in fields(Embedding)
    }
    np.savez(file, contents=np.array(list(known)), **columns)
    try:
        write_atomically(memory, file.getvalue())
    except OSError as error:
        raise UserError(f"--cache {memory.parent}: {reason_of(error)}.") from error


def _read(memory: Path) -> dict[str, Embedding]:
    """What the cache remembers; nothing where it is missing or damaged."""
    try:
        with np.load(memory) as stored:
            rows = zip(*(stored[field.name] for field in fields(Embedding)), strict=True)
            return {content: Embedding(*row) for content, row in zip(stored["contents"].tolist(), rows, strict=True)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
