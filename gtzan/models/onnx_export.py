"""A classifier with its features as one graph, for ONNX: the waveform of a segment in, probabilities out.

The graph computes what :class:`gtzan.audio.features.FeatureExtractor` computes, by operators that ONNX has: no NumPy,
no loop over clips, the tuning of a clip by sorting and counting instead of lists.
"""

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gtzan.audio.features import MIN_POWER, TINY, TOP_DB, FeatureExtractor, is_negative
from gtzan.audio.tuning import HIGHEST_PITCH, LOWEST_PITCH, PEAK_THRESHOLD, STEPS
from gtzan.errors import UserError, reason_of
from gtzan.files import replace_atomically
from gtzan.models.classifier import Classifier
from gtzan.models.predictor import Predictor

LARGEST_DIFFERENCE = 1e-3
"""Of a probability, between ONNX and PyTorch."""


class WaveformClassifier(nn.Module):
    """Maps waveforms ``(batch, samples)`` of one segment, mono within ±1, to probabilities ``(batch, n_classes)``.

    Args:
        predictor: of the classifier, on the CPU.

    Attributes:
        samples: of a segment.

    Raises:
        UserError: the classifier hears through a pretrained encoder.
    """

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        if not isinstance(predictor.extractor, FeatureExtractor):
            raise UserError("A classifier of a pretrained encoder's embeddings cannot be exported: export the encoder.")
        self.features = OnnxFeatures(predictor.extractor, predictor.classifier.view.features)
        self.classifier: Classifier = predictor.classifier
        self.frames = predictor.length
        self.samples = predictor.length * predictor.hop

    def forward(self, waveform: Tensor) -> Tensor:
        frames = self.features(waveform)[:, : self.frames]  # the last one is centred on the segment's end
        x = self.classifier.view(frames)
        return self.classifier.net(self.classifier.standardiser(x)).float().softmax(dim=1)


class OnnxFeatures(nn.Module):
    """Maps waveforms ``(batch, samples)`` to the features that a classifier takes, ``(batch, frames, columns)``.

    Args:
        extractor: whose features they are.
        names: the features, in their order.
    """

    filters: Tensor

    def __init__(self, extractor: FeatureExtractor, names: Sequence[str]) -> None:
        super().__init__()
        self.extractor, self.names = extractor, tuple(names)
        if "chroma" in names:
            steps = np.linspace(-0.5, 0.5, STEPS + 1)[:STEPS] if extractor.settings["tuning"] else [0.0]
            filters = torch.stack([extractor._chroma_filter(float(tuning)) for tuning in steps])
            self.register_buffer("filters", filters, persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        own = self.extractor
        n_fft, hop = own.settings["n_fft"], own.settings["hop_length"]
        spectrum = torch.stft(
            waveform.double(), n_fft, hop, n_fft, own.window, center=True, pad_mode="constant", return_complex=True
        )
        magnitude = torch.view_as_real(spectrum).square().sum(dim=-1).sqrt().mT.float()
        makers = {
            "mfcc": lambda: self._mfcc(magnitude),
            "chroma": lambda: self._chroma(magnitude.square()),
            "spectral_centroid": lambda: own._centroid_and_bandwidth(magnitude)[..., :1],
            "spectral_bandwidth": lambda: own._centroid_and_bandwidth(magnitude)[..., 1:],
            "spectral_rolloff": lambda: self._rolloff(magnitude),
            "zero_crossing_rate": lambda: self._zero_crossing_rate(waveform, n_fft, hop),
        }
        return torch.cat([makers[name]() for name in self.names], dim=-1)

    def _mfcc(self, magnitude: Tensor) -> Tensor:
        decibels = 10 * (magnitude.square() @ self.extractor.mel).clamp_min(MIN_POWER).log10()
        return decibels.maximum(decibels.amax(dim=(1, 2), keepdim=True) - TOP_DB) @ self.extractor.dct

    def _rolloff(self, magnitude: Tensor) -> Tensor:
        energy = magnitude.double().cumsum(dim=-1)
        below = energy < self.extractor.settings["roll_percent"] * energy[..., -1:]
        return self.extractor.frequencies[below.sum(dim=-1, keepdim=True)]

    def _zero_crossing_rate(self, waveform: Tensor, n_fft: int, hop: int) -> Tensor:
        half = n_fft // 2
        signs = is_negative(waveform).float()
        ends = (signs[:, :1].expand(-1, half), signs[:, -1:].expand(-1, half))
        signs = torch.cat([ends[0], signs, ends[1]], dim=1)
        crossings = F.pad((signs[:, 1:] != signs[:, :-1]).double(), (1, 0)).cumsum(dim=-1)
        first = torch.arange(0, signs.shape[-1] - n_fft + 1, hop)
        return ((crossings[:, first + n_fft - 1] - crossings[:, first]) / n_fft).float()[..., None]

    def _chroma(self, power: Tensor) -> Tensor:
        filters = self.filters[self._tuning(power)] if len(self.filters) > 1 else self.filters
        chroma = power @ filters.mT
        peak = chroma.amax(dim=-1, keepdim=True)
        return chroma / torch.where(peak < TINY, 1.0, peak)

    def _tuning(self, power: Tensor) -> Tensor:
        """The number of each clip's tuning, ``(batch,)``, as :mod:`gtzan.audio.tuning` estimates it."""
        settings = self.extractor.settings
        width = settings["sample_rate"] / 2 / (power.shape[-1] - 1)
        low = max(1, int(np.ceil(LOWEST_PITCH / width)))
        high = min(power.shape[-1] - 1, int(np.ceil(HIGHEST_PITCH / width)))
        left, middle, right = (power[..., low + k : high + k] for k in (-1, 0, 1))
        floor = PEAK_THRESHOLD * power.amax(dim=-1, keepdim=True)
        peak = ((middle > floor) & (middle > left) & (middle >= right)).flatten(1)
        curvature, slope = (left + right).double() - 2 * middle.double(), (right - left) / 2
        refined = slope.abs() < curvature.abs()
        shift = torch.where(refined, -slope / torch.where(refined, curvature, 1.0), 0.0).float()
        height = (middle + 0.5 * slope * shift).flatten(1)
        pitch = (torch.arange(low, high) + shift).double() * width
        distance = settings["n_chroma"] * (pitch / (440 / 16)).log2()
        distance = (distance - distance.floor()).flatten(1)
        step = ((torch.where(distance >= 0.5, distance - 1, distance) + 0.5) * STEPS).long().clamp(0, STEPS - 1)
        # The louder half votes: peaks from the median up, which is the middle one of all that are sorted.
        n = peak.sum(dim=1, keepdim=True)
        ordered = torch.where(peak, height, torch.inf)
        ordered = ordered.topk(ordered.shape[1], largest=False).values  # ONNX has no sort
        median = ordered.gather(1, (n // 2).clamp_max(ordered.shape[1] - 1))
        counted = (peak & (height >= median)).float()
        votes = torch.zeros_like(counted[:, :STEPS]).scatter_add(1, step, counted)
        return torch.where(n[:, 0] > 0, votes.argmax(dim=1), STEPS // 2)


def export_onnx(predictor: Predictor, path: Path, clips: Sequence[np.ndarray]) -> float:
    """Write a classifier as ONNX, if it says the same as PyTorch about some clips.

    Its metadata name the genres (``classes``, JSON), ``sample_rate``, the ``samples`` of a segment, what it was
    ``trained_on``, and the ``temperature`` that calibrates the mean over a track's segments.

    Args:
        predictor: of the classifier, on the CPU.
        path: of the file; nothing is left there that differs.
        clips: waveforms ``(samples,)`` of a segment each.

    Returns:
        The largest difference of a probability.

    Raises:
        UserError: the net or its features cannot be expressed in ONNX, or the graph differs from PyTorch.
    """
    model = WaveformClassifier(predictor).eval()
    batch = np.stack(clips).astype(np.float32)
    # First, because it makes the views' cached constants, which would be the exporter's placeholders otherwise.
    wanted = np.concatenate([predictor.predict_waveform(clip).segments[:1] for clip in batch])
    content = _content(model, torch.from_numpy(batch[:2]), predictor)
    found = np.concatenate([run_onnx(content, batch[i : i + 1]) for i in range(len(batch))])
    together = run_onnx(content, batch)
    difference = float(max(np.abs(found - wanted).max(), np.abs(together - wanted).max()))
    if not difference <= LARGEST_DIFFERENCE:  # nor is NaN
        raise UserError(
            f"{path} was not written: its probabilities would differ from PyTorch's by {difference:.2g}, and at most "
            f"{LARGEST_DIFFERENCE:g} is allowed."
        )
    try:
        replace_atomically(path, lambda file: file.write(content))
    except OSError as error:
        raise UserError(f"{path} cannot be written: {reason_of(error)}.") from error
    return difference


def run_onnx(content: bytes, waveforms: np.ndarray) -> np.ndarray:
    """Probabilities ``(batch, n_classes)`` of waveforms ``(batch, samples)`` by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"waveform": waveforms})[0]


def _content(model: WaveformClassifier, example: Tensor, predictor: Predictor) -> bytes:
    from onnx import helper

    net = type(predictor.classifier.net).__name__
    try:
        with torch.no_grad(), _quiet():
            program: Any = torch.onnx.export(
                model,
                (example,),
                input_names=["waveform"],
                output_names=["probabilities"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                dynamo=True,
            )
    except Exception as error:  # the exporter has many: none of them is about what the user has typed
        raise UserError(f"{net} cannot be expressed in ONNX ({type(error).__name__}): export another net.") from error
    proto = program.model_proto
    facts = {
        "classes": json.dumps(predictor.classes),
        "sample_rate": str(predictor.sample_rate),
        "samples": str(model.samples),
        "temperature": str(predictor.temperature),
        "trained_on": predictor.corpus,
    }
    helper.set_model_props(proto, facts)
    return proto.SerializeToString()


@contextlib.contextmanager
def _quiet():
    """Without the exporter's own progress and warnings about libraries that are not needed here."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
