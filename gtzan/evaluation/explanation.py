"""Which seconds and which bands of a track speak for a genre: what a classifier makes of it when they are softer.

Occlusion (M. Zeiler, R. Fergus, *Visualizing and understanding convolutional networks*, ECCV 2014) of the sound itself,
so that it explains every classifier alike, whatever its features and its net are.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from gtzan.audio.cells import Cells, mel_band_edges
from gtzan.audio.thread_pool import single_threaded_workers
from gtzan.corpora.sound import is_silent
from gtzan.errors import UserError
from gtzan.models.predictor import Predictor

WINDOW = 1.0  # seconds, roughly: a segment is divided evenly
BANDS = 8
# Amplitude of what is occluded: −20 dB. Silence is what training music does not have, and explanations by it depend
# less on the net's weights: docs/everyday.md has the measurement.
OCCLUDED = 0.1
KEPT = 0.2  # of all cells, in what is emphasised
SMALLEST = 1e-30  # probability: 32-bit floats go a little further


@dataclass(frozen=True)
class Explanation:
    """What speaks for a genre.

    Evidence is the drop in the natural log-odds of the genre, in the segment that is concerned, when a part of the
    sound is 20 dB softer; what speaks against the genre has negative evidence.

    Attributes:
        genre: its name.
        probability: of the genre in all of the audio, as the predictor gives it.
        seconds: ``(windows + 1,)``, edges of the windows.
        hertz: ``(bands + 1,)``, edges of the bands, of equal width on the mel scale.
        probabilities: ``(windows,)``, of the genre in the segment that a window lies in, as the net gives it: where it
            is small, evidence matters little to the whole.
        cells: evidence of a band in a window, ``(windows, bands)``.
        by_second: evidence of a window with all of its bands, ``(windows,)``.
        by_band: evidence of a whole band: the mean over segments, weighted by their probability, ``(bands,)``.
    """

    genre: str
    probability: float
    seconds: np.ndarray
    hertz: np.ndarray
    probabilities: np.ndarray
    cells: np.ndarray
    by_second: np.ndarray
    by_band: np.ndarray


def explain(predictor: Predictor, waveform: np.ndarray, genre: str | None = None) -> Explanation:
    """Occlude each window, each band and each band in each window, segment by segment, on all cores.

    A segment of the classifier's length is predicted as if it stood alone, so that time grows with length and not with
    its square. A rest that fills no segment is not explained; audio shorter than a segment is.

    Args:
        predictor: the classifier.
        waveform: ``(samples,)``, mono, within ±1, at the predictor's ``sample_rate``.
        genre: to speak for; the likeliest by default.

    Raises:
        UserError: a genre that the classifier does not know, or silence.
    """
    if genre is not None and genre not in predictor.classes:
        raise UserError(f"The model knows no genre {genre}: choose from {', '.join(predictor.classes)}.")
    if is_silent(waveform):
        raise UserError("The audio is silent: nothing in it speaks for a genre.")
    prediction = predictor.predict_waveform(waveform)
    likeliest = prediction.classes[prediction.probabilities.argmax()]
    number = predictor.classes.index(genre or likeliest)
    length = predictor.length * predictor.hop
    segments = [waveform[i * length : (i + 1) * length] for i in range(max(1, len(waveform) // length))]
    with single_threaded_workers(os.cpu_count()) as pool:
        before, cells, by_second, by_band = zip(
            *pool.map(lambda segment: _explain_segment(predictor, segment, number), segments), strict=True
        )
    windows, seconds = sum(map(len, cells)), sum(map(len, segments)) / predictor.sample_rate
    return Explanation(
        genre=predictor.classes[number],
        probability=float(prediction.probabilities[number]),
        seconds=np.linspace(0, seconds, windows + 1),
        hertz=mel_band_edges(predictor.sample_rate, BANDS),
        probabilities=np.repeat(before, [len(part) for part in cells]),
        cells=np.concatenate(cells),
        by_second=np.concatenate(by_second),
        by_band=np.average(by_band, axis=0, weights=np.maximum(before, SMALLEST)),
    )


def emphasised(waveform: np.ndarray, sample_rate: int, explanation: Explanation) -> np.ndarray:
    """The audio that was explained, in which the fifth of the cells with the most evidence keeps its level.

    All else, and whatever speaks against the genre, is 20 dB softer.

    Args:
        waveform: ``(samples,)``, that was explained.
        sample_rate: in Hz.
        explanation: of it.

    Returns:
        ``(samples,)``, without the rest that was not explained, at no particular loudness.
    """
    explained = waveform[: round(explanation.seconds[-1] * sample_rate)]
    cells = Cells(explained, sample_rate, explanation.seconds, explanation.hertz)
    return cells.with_gains(np.where(strongest(explanation, KEPT), 1.0, OCCLUDED))


def strongest(explanation: Explanation, share: float) -> np.ndarray:
    """Which cells ``(windows, bands)`` are the given share with the most evidence for the genre.

    Those with the most evidence times probability in their segment, as far as it is positive.
    """
    weighted = explanation.cells * explanation.probabilities[:, None]
    chosen = np.zeros(weighted.size, dtype=bool)
    chosen[np.argsort(-weighted, axis=None, kind="stable")[: round(share * weighted.size)]] = True
    return chosen.reshape(weighted.shape) & (weighted > 0)


@contextmanager
def shuffled_weights(predictor: Predictor, seed: int) -> Iterator[None]:
    """The predictor with each of its net's weight tensors in a random order, for a check of explanations.

    What is as it was then explains the audio, and not the net (J. Adebayo et al., *Sanity checks for saliency maps*,
    NeurIPS 2018).
    """
    weights = list(predictor.classifier.net.parameters())
    before = [weight.detach().clone() for weight in weights]
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in weights:
            weight.copy_(weight.flatten()[torch.randperm(weight.numel(), generator=generator)].view_as(weight))
    try:
        yield
    finally:
        with torch.no_grad():
            for weight, values in zip(weights, before, strict=True):
                weight.copy_(values)


def _explain_segment(
    predictor: Predictor, segment: np.ndarray, number: int
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """The genre's probability in one segment; evidence of its cells ``(windows, bands)``, windows and bands."""
    duration = len(segment) / predictor.sample_rate
    windows = max(1, round(duration / WINDOW))
    edges = np.linspace(0, duration, windows + 1)
    cells = Cells(segment, predictor.sample_rate, edges, mel_band_edges(predictor.sample_rate, BANDS))
    before = _log_odds(predictor, segment, number)

    def evidence(*place) -> float:
        gains = np.ones((windows, BANDS))
        gains[place] = OCCLUDED
        return before - _log_odds(predictor, cells.with_gains(gains), number)

    return (
        float(1 / (1 + np.exp(-before))),
        np.array([[evidence(i, j) for j in range(BANDS)] for i in range(windows)]),
        np.array([evidence(i) for i in range(windows)]),
        np.array([evidence(slice(None), j) for j in range(BANDS)]),
    )


def _log_odds(predictor: Predictor, waveform: np.ndarray, number: int) -> float:
    """Of a genre in a segment, by the net's own probabilities: calibration is of whole tracks."""
    # The last sample of a whole segment would begin one more frame, or one more passage of an encoder.
    waveform = waveform[: predictor.length * predictor.hop - 1]
    probabilities = predictor.predict_waveform(waveform).segments.mean(axis=0, dtype=np.float64)
    others = np.delete(probabilities, number).sum()  # 1 - p would be rounded to 0
    return float(np.log(max(probabilities[number], SMALLEST)) - np.log(max(others, SMALLEST)))
