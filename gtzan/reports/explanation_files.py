"""The files of an explanation: its picture, its values, and the audio with what speaks for the genre emphasised."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import write_wav
from gtzan.audio.mastering import master
from gtzan.data.views import log_mels
from gtzan.evaluation.explanation import Explanation, emphasised
from gtzan.files import write_atomically
from gtzan.reports.plots.explanation import explanation as figure
from gtzan.reports.plots.style import pixels

LUFS = -18.0  # as generated music
UNIT = "drop in the natural log-odds of the genre where the sound is 20 dB softer"


def write_explanation(
    folder: Path, found: Explanation, waveform: np.ndarray, sample_rate: int, name: str, trained_on: str
) -> list[Path]:
    """Write ``<name>.png``, ``<name>.wav`` and ``<name>.json`` into a folder, which is made as needed; their paths.

    Args:
        folder: where to; files of these names are replaced.
        found: the explanation.
        waveform: ``(samples,)``, that was explained.
        sample_rate: in Hz.
        name: of the audio's file.
        trained_on: label of the corpus that the classifier was trained on.

    Raises:
        OSError: a file cannot be written.
    """
    paths = [folder / f"{name}.{suffix}" for suffix in ("png", "wav", "json")]
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(explanation_picture(found, waveform, sample_rate, name, trained_on)).save(paths[0])
    write_wav(paths[1], emphasised_audio(found, waveform, sample_rate), sample_rate)
    document = {"file": name, "trained_on": trained_on, "genre": found.genre, "probability": found.probability}
    arrays = ("seconds", "hertz", "probabilities", "cells", "by_second", "by_band")
    values = {name: getattr(found, name).tolist() for name in arrays}
    write_atomically(paths[2], json.dumps(document | {"unit": UNIT} | values, indent=1))
    return paths


def explanation_picture(
    found: Explanation, waveform: np.ndarray, sample_rate: int, name: str, trained_on: str
) -> np.ndarray:
    """RGB pixels, uint8 ``(height, width, 3)``; arguments as of :func:`write_explanation`."""
    extractor = FeatureExtractor(sample_rate, n_mfcc=128, tuning=False)
    frames = extractor(torch.from_numpy(waveform)[None])[0]
    log_mel = log_mels(frames[:, extractor.columns["mfcc"]]).numpy()
    seconds_per_frame = extractor.settings["hop_length"] / sample_rate
    return pixels(figure(found, log_mel, seconds_per_frame, sample_rate, name, f"model trained on {trained_on}"))


def emphasised_audio(found: Explanation, waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """The emphasis ``(samples,)`` of :func:`gtzan.evaluation.explanation.emphasised`, as loud as generated music."""
    return master(emphasised(waveform, sample_rate, found), sample_rate, LUFS)[0]
