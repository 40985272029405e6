"""The settings of a feature extractor or a pretrained encoder: which make sense, and which columns they give."""

import json
from collections.abc import Mapping
from typing import Any

from gtzan.errors import UserError

# Of settings, which may come with a checkpoint from elsewhere: what audio needs, and not what fills a memory.
LARGEST = {
    "sample_rate": 384_000,
    "n_fft": 32_768,
    "hop_length": 32_768,
    "n_mels": 1024,
    "n_mfcc": 1024,
    "n_chroma": 120,
}

ENCODERS = {"musicnn": {"sample_rate": 16_000, "hop_length": 187 * 256, "width": 1706}}
"""Of each pretrained encoder: the rate of its waveforms in Hz, samples between embeddings, numbers in each."""


def check_settings(**settings: Any) -> None:
    """Raises a :class:`UserError` for settings that make no sense, that need gigabytes, or of an unknown encoder."""
    if "encoder" in settings:
        if json.dumps(settings, sort_keys=True) not in [
            json.dumps(encoder_settings(name), sort_keys=True) for name in ENCODERS
        ]:
            raise UserError(f"{str(settings)[:200]} are not the settings of any encoder: {', '.join(ENCODERS)}")
        return
    roll_percent = settings.pop("roll_percent", 0.85)
    settings.pop("tuning", None)
    _check_counts(**settings)
    if not isinstance(roll_percent, float) or not 0 < roll_percent < 1:
        raise UserError(f"roll_percent lies between 0 and 1, not at {roll_percent!r}")


def _check_counts(**counts: int) -> None:
    if unknown := [name for name in counts if name not in LARGEST]:
        raise UserError(f"{unknown[0]} is no setting of the features")
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST[name]:
            raise UserError(f"{name} is a positive whole number up to {LARGEST[name]}, not {value!r}")
    for name in ("sample_rate", "n_fft"):  # the filterbanks and the centring divide both by two
        if counts.get(name, 0) % 2:
            raise UserError(f"{name} is even, not {counts[name]}")
    n_mfcc, n_mels = counts.get("n_mfcc", 1), counts.get("n_mels", 128)
    if n_mfcc > n_mels:
        raise UserError(f"n_mfcc={n_mfcc} is more than n_mels={n_mels}: raise n_mels or lower n_mfcc")


def encoder_settings(name: str) -> dict[str, Any]:
    """What a feature store and a checkpoint remember of an encoder."""
    return {"encoder": name, **ENCODERS[name]}


def columns_of(settings: Mapping[str, Any]) -> dict[str, slice]:
    """Where each feature lies in the last axis."""
    if "encoder" in settings:
        return {"embedding": slice(0, settings["width"])}
    return feature_columns(settings["n_mfcc"], settings["n_chroma"])


def feature_columns(n_mfcc: int, n_chroma: int) -> dict[str, slice]:
    """Where each of an extractor's features lies in the last axis."""
    columns, start = {}, 0
    widths = {"mfcc": n_mfcc, "chroma": n_chroma, "spectral_centroid": 1, "spectral_bandwidth": 1}
    for name, width in {**widths, "spectral_rolloff": 1, "zero_crossing_rate": 1}.items():
        columns[name] = slice(start, start + width)
        start += width
    return columns
