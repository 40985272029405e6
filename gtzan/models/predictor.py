"""From a checkpoint to predictions about any audio: features, waveforms, files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gtzan.audio.encoders.registry import make_extractor
from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import MIN_SECONDS, stream_audio
from gtzan.corpora.sound import audible
from gtzan.errors import UserError
from gtzan.models.calibration import with_temperature
from gtzan.models.checkpoints import load_model
from gtzan.models.classifier import Classifier
from gtzan.models.devices import extraction_device, usable_device

# Longer audio is classified in parts, which bounds memory. Decibels and tuning are relative to a part then, as they are
# relative to a track in training.
PART_SECONDS = 60.0


@dataclass(frozen=True)
class Prediction:
    """A classifier's prediction for a piece of audio.

    Attributes:
        classes: genre names.
        seconds: length of the audio.
        edges: ``(segments + 1,)``, seconds; segment ``i`` speaks for the time from ``edges[i]`` to ``edges[i + 1]``.
        segments: probabilities of each segment, ``(segments, n_classes)``, as the net gives them.
        temperature: that calibrates the whole's probabilities.
    """

    classes: tuple[str, ...]
    seconds: float
    edges: np.ndarray
    segments: np.ndarray
    temperature: float = 1.0

    @property
    def probabilities(self) -> np.ndarray:
        """Of the whole, ``(n_classes,)``: the mean over segments, where the rest at the end counts by its length."""
        spans = np.diff(self.edges)
        mean = np.average(self.segments, axis=0, weights=np.minimum(spans, spans[0]))
        return with_temperature(mean, self.temperature)

    @property
    def ranking(self) -> list[tuple[str, float]]:
        """Genres and their probabilities, the likeliest first."""
        return rank(self.probabilities, self.classes)


def rank(probabilities: np.ndarray, classes: tuple[str, ...]) -> list[tuple[str, float]]:
    return [(classes[i], float(probabilities[i])) for i in np.argsort(-probabilities, kind="stable")]


class Predictor:
    """Classifies features, waveforms or files; each method adds one kind of input.

    Audio is cut into segments of the length that the classifier was trained on. The rest at the end is covered too,
    in a segment that ends where the audio ends and speaks for that rest alone (the last whole segment speaks for less
    than 0.1 s more); audio shorter than a segment is repeated until it fills one, as in training. The passages of a
    pretrained encoder are centred on multiples of their length: the first of them speaks for half a passage, as what
    follows is nearer to the second one's centre.

    Args:
        classifier: with its classes, view, standardiser and feature settings.
        device: to compute on.
        temperature: calibrates the probabilities of whole files (:mod:`gtzan.models.calibration`); 1 leaves them as
            they are.

    Attributes:
        classes: genre names.
        corpus: label of the corpus that the classifier was trained on; it says so if that is synthetic music.
        name: of the net's class.

    Raises:
        UserError: the device is not there, or the classifier takes features that it does not name.
    """

    def __init__(self, classifier: Classifier, device: str = "cpu", temperature: float = 1.0) -> None:
        self.temperature = temperature
        self.extractor = make_extractor(classifier.hparams["features"])
        self.device = usable_device(device)
        self.classifier = classifier.to(self.device).eval()
        self.extraction_device = extraction_device(self.device)
        self.extractor.to(self.extraction_device)
        self.classes = tuple(classifier.hparams["classes"])
        self.corpus = classifier.hparams["corpus"]
        self.name = type(classifier.net).__name__
        settings = self.extractor.settings
        self.sample_rate, self.hop = settings["sample_rate"], settings["hop_length"]
        self.length = max(1, round(classifier.hparams["segment_seconds"] * self.sample_rate / self.hop))
        # By how many rows a segment begins before its first row's centre; half a frame is too short to matter.
        self.early = 0.0 if isinstance(self.extractor, FeatureExtractor) else 0.5
        columns = self.extractor.columns
        if missing := [name for name in classifier.view.features if name not in columns]:
            raise UserError(f"The classifier takes {missing[0]}, which its features do not have: train it again.")
        self.columns = [c for name in classifier.view.features for c in _range(columns[name])]

    @classmethod
    def load(cls, checkpoint: str | Path, device: str = "cpu", temperature: float = 1.0) -> "Predictor":
        """Rebuild a classifier from its checkpoint alone.

        Args:
            checkpoint: the file, such as ``runs/RUN/checkpoints/last.ckpt``.
            device: to compute on.
            temperature: see above.

        Raises:
            UserError: no checkpoint that can be read, or one of something else.
        """
        return cls(load_model(Classifier, checkpoint, "a genre classifier"), device, temperature)

    def predict_features(self, frames: Tensor) -> Prediction:
        """Judge the frame-level features of a whole track.

        Args:
            frames: ``(frames, n_features)``, every column of the feature extractor.
        """
        # One frame is centred on each hop's beginning: the last of them on the end of the audio.
        return self._prediction([self._classify(frames)], max(1, len(frames) - 1) * self.hop)

    def predict_waveform(self, waveform: np.ndarray) -> Prediction:
        """Judge audio ``(samples,)``, mono, within ±1, at the classifier's ``sample_rate``.

        Raises:
            UserError: there are no samples in it.
        """
        if not len(waveform):
            raise UserError("The waveform holds no samples.")
        return self._predict([np.asarray(waveform, dtype=np.float32)])

    def predict_file(self, path: str | Path) -> Prediction:
        """Judge an audio file of any format, sample rate and length.

        Raises:
            BrokenAudioError: it cannot be read, or is silent: a net would name a genre for nothing at all.
        """
        return self._predict(audible(stream_audio(path, self.sample_rate), path))

    def _predict(self, blocks: Iterable[np.ndarray]) -> Prediction:
        samples = 0

        def counted() -> Iterator[np.ndarray]:
            nonlocal samples
            for block in blocks:
                samples += len(block)
                yield block

        if isinstance(self.extractor, FeatureExtractor):
            parts = list(self._parts(counted()))
        else:  # embeddings take little memory, however long the audio is
            parts = [self._classify(torch.from_numpy(np.concatenate(list(self.extractor.of_stream(counted())))))]
        return self._prediction(parts, samples)

    def _parts(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Probabilities ``(segments, n_classes)`` of one part of the audio after the other."""
        segment = self.length * self.hop
        part = max(1, int(PART_SECONDS * self.sample_rate / segment)) * segment
        waiting = np.empty(0, np.float32)
        for block in blocks:
            waiting = np.concatenate([waiting, block])
            # What stays behind fills a segment at least, so that the last one has enough to reach back into.
            while len(waiting) >= part + segment:
                yield self._classify(self._features(waiting[:part])[:-1])
                waiting = waiting[part:]
        yield self._classify(self._features(waiting))

    @torch.inference_mode()
    def _features(self, waveform: np.ndarray) -> Tensor:
        return self.extractor(torch.from_numpy(waveform).to(self.extraction_device)[None])[0]

    @torch.inference_mode()
    def _classify(self, frames: Tensor) -> np.ndarray:
        """Probabilities ``(segments, n_classes)`` of one segment after the other, and of one that ends at the end."""
        n = len(frames)
        starts = list(range(0, max(1, n - self.length + 1), self.length))
        if (n - 1 - starts[-1] - self.length + self.early) * self.hop >= MIN_SECONDS * self.sample_rate:
            starts.append(n - self.length)
        rows = (torch.tensor(starts)[:, None] + torch.arange(self.length)) % n
        x = self.classifier.view(frames[rows.to(frames.device)][..., self.columns].to(self.device))
        return self.classifier(x).float().softmax(dim=1).cpu().numpy()

    def _prediction(self, parts: list[np.ndarray], samples: int) -> Prediction:
        segments = np.concatenate(parts)
        seconds = samples / self.sample_rate
        edges = (np.arange(len(segments) + 1) * self.length - self.early) * self.hop / self.sample_rate
        edges[0], edges[-1] = 0.0, seconds
        return Prediction(self.classes, seconds, edges, segments, self.temperature)


def _range(columns: slice) -> range:
    return range(columns.start, columns.stop)
