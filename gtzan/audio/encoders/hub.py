"""Encoders of the Hugging Face hub: CLAP, AST, wav2vec 2.0, HuBERT, MERT and whatever else maps audio to vectors."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gtzan.audio.encoders.hub_files import PASSAGE, PREPROCESSOR, check_settings, fetched, is_trusted, pinned
from gtzan.audio.settings import columns_of
from gtzan.errors import UserError, first_line
from gtzan.files import read_json

BATCH = 4  # passages encoded at once: the first maps of wav2vec 2.0 take 65 MB for each 10 s
HELD = 256  # batches of which the embeddings are given at once
UNUSED = "masked_spec_embed"  # a weight that is used in training alone, and that some leave out


def hub_settings(name: str) -> dict[str, Any]:
    """What a feature store and a checkpoint remember of an encoder; its weights are not read.

    ``hop_length`` is the length of a passage in samples: as many as the encoder takes, or 10 s.

    Raises:
        UserError: files that cannot be had, code that may not run, or files of something else.
    """
    from transformers import AutoConfig

    name = pinned(name)
    folder = fetched(name)
    preprocessor = read_json(folder / PREPROCESSOR) or {}
    with _user_errors(name):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=is_trusted(name))
        rate = preprocessor["sampling_rate"]
        width = config.projection_dim if hasattr(config, "projection_dim") else config.hidden_size
        passage = preprocessor.get("nb_max_samples") or PASSAGE * rate
    settings = {"encoder": name, "sample_rate": rate, "hop_length": passage, "width": width}
    check_settings(settings)
    return settings


class HubEncoder(nn.Module):
    """Maps waveforms ``(batch, samples)`` to embeddings ``(batch, rows, width)``, one for each passage.

    An embedding is what the model itself pools (CLAP's audio features, AST's output), else the mean over time of its
    last hidden states. As the feature extractor's frames, ``1 + samples // hop_length`` rows are centred on multiples
    of the hop; the first and the last passage are moved into the audio, and audio shorter than a passage is repeated,
    so that no passage is padded.

    Args:
        settings: of :func:`hub_settings`.

    Attributes:
        settings: what a feature store and a checkpoint remember of it.
        names: one for each column.
        columns: the one feature, ``embedding``.

    Raises:
        UserError: files that cannot be had or are other ones, code that may not run, or a model of something else.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        name = settings["encoder"]
        if hub_settings(name) != settings:
            raise UserError(f"encoder={name} has other settings than {settings}")
        self.settings = dict(settings)
        self.names = [f"embedding_{number}" for number in range(1, settings["width"] + 1)]
        self.columns = columns_of(settings)
        self.passage = settings["hop_length"]
        with _user_errors(name):
            self._load(name)
            width = self._embedding([np.zeros(self.passage, np.float32)]).shape
        if width != (1, settings["width"]):
            raise UserError(f"encoder={name} gives {tuple(width)} instead of one vector of {settings['width']} numbers")

    def _load(self, name: str) -> None:
        from transformers import AutoFeatureExtractor, AutoModel

        folder = fetched(name, weights=True)
        if (folder / "adapter_config.json").exists():
            raise UserError(f"encoder={name} is an adapter of another model: choose a whole one")
        local = {"local_files_only": True, "trust_remote_code": is_trusted(name)}
        self.prepare = AutoFeatureExtractor.from_pretrained(folder, **local)
        self.model, report = AutoModel.from_pretrained(
            folder,
            **local,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation="eager",  # equal sums on every CPU, and no kernel that a configuration names
            output_loading_info=True,
        )
        if missing := [key for key in report["missing_keys"] if not key.endswith(UNUSED)]:
            raise UserError(f"encoder={name} lacks weights, such as {missing[0]}, which would be random")
        self.model.eval().requires_grad_(False)

    def forward(self, waveform: Tensor) -> Tensor:
        return torch.stack([torch.cat(list(self._rows([clip.cpu().numpy()]))) for clip in waveform])

    def of_stream(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Embeddings ``(rows, width)`` of one clip that comes in blocks ``(samples,)``, in bounded memory."""
        rows = self._rows(blocks)
        while held := list(islice(rows, HELD)):
            yield torch.cat(held).cpu().numpy()

    def _rows(self, blocks: Iterable[np.ndarray]) -> Iterator[Tensor]:
        passages = _passages(blocks, self.passage)
        while batch := list(islice(passages, BATCH)):
            yield self._embedding(batch)

    @torch.no_grad()
    def _embedding(self, passages: list[np.ndarray]) -> Tensor:
        """``(passages, width)``."""
        inputs = self.prepare(passages, sampling_rate=self.settings["sample_rate"], return_tensors="pt")
        if "is_longer" in inputs:  # CLAP marks one passage at random where none is
            inputs["is_longer"] = torch.zeros_like(inputs["is_longer"])
        inputs = inputs.to(self.model.device)
        if hasattr(self.model, "get_audio_features"):
            return self.model.get_audio_features(**inputs).pooler_output
        output = self.model(**inputs)
        pooled = getattr(output, "pooler_output", None)
        return output.last_hidden_state.mean(dim=1) if pooled is None else pooled


def _passages(blocks: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """Passages ``(length,)`` centred on multiples of ``length``, moved into the audio where they leave it."""
    held, first, row = np.empty(0, np.float32), 0, 0  # the samples in memory, and the number of their first
    for block in blocks:
        held = np.concatenate([held, block])
        while (start := max(0, row * length - length // 2) - first) + length <= len(held):
            yield held[start : start + length]
            row += 1
        kept = max(length, len(held) - start)  # the last passage may reach back
        first += max(0, len(held) - kept)
        held = held[-kept:]
    if row <= (first + len(held)) // length:
        yield held[-length:] if len(held) >= length else np.resize(held, length)


@contextmanager
def _user_errors(name: str) -> Iterator[None]:
    """Turn what transformers says of files that are no audio encoder's into one sentence, and its reports off."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # of many types: a stranger's files, read by a library of hundreds of models
        reason = first_line(error)
        raise UserError(f"encoder={name} cannot be used as an encoder of audio: {reason}") from error
    finally:
        logging.set_verbosity(verbosity)
        logging.enable_progress_bar()
