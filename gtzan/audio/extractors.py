"""What maps waveforms to frames, by its settings: a feature extractor or a pretrained encoder."""

from collections.abc import Mapping
from typing import Any

from gtzan.audio.encoders.musicnn import MusicnnEncoder
from gtzan.audio.features import FeatureExtractor

Extractor = FeatureExtractor | MusicnnEncoder


def make_extractor(settings: Mapping[str, Any]) -> Extractor:
    """The extractor whose frames a feature store or a checkpoint with these settings has.

    Raises:
        UserError: a setting that makes no sense, or an encoder whose weights are not installed.
    """
    return MusicnnEncoder() if "encoder" in settings else FeatureExtractor(**settings)
