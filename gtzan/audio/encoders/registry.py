"""Feature extractors and encoders by their names and settings, without importing torch before one is made.

Apart from ``settings.py`` and ``extractors.py``, whose code is part of every feature store's key.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from gtzan.audio import settings as known
from gtzan.audio.encoders import hub_files
from gtzan.audio.encoders.musicnn_weights import find_weights

if TYPE_CHECKING:
    from gtzan.audio.extractors import Extractor


def is_of_hub(name: object) -> bool:
    """Whether what names an encoder does not name one of ours."""
    return isinstance(name, str) and name not in known.ENCODERS


def check_encoder(name: str) -> None:
    """Raises a :class:`UserError` for an unknown encoder, or one whose library or weights are not installed."""
    if is_of_hub(name):
        hub_files.check_installed(name)
    else:
        find_weights()


def pinned(name: str) -> str:
    """What stores and checkpoints call an encoder: of a folder, its absolute path and the hash of its files."""
    return hub_files.pinned(name) if is_of_hub(name) else name


def encoder_settings(name: str) -> dict[str, Any]:
    """What a feature store and a checkpoint remember of an encoder.

    Raises:
        UserError: its files cannot be had.
    """
    if not is_of_hub(name):
        return known.encoder_settings(name)
    from gtzan.audio.encoders.hub import hub_settings

    return hub_settings(name)


def check_settings(**settings: Any) -> None:
    """Raises a :class:`UserError` for settings of no extractor and no encoder."""
    if is_of_hub(settings.get("encoder")):
        hub_files.check_settings(settings)
    else:
        known.check_settings(**settings)


def complete_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the defaults of those that are left out."""
    if "encoder" in settings:
        return dict(settings)
    from gtzan.audio.features import FeatureExtractor

    return FeatureExtractor(**settings).settings


def make_extractor(settings: Mapping[str, Any]) -> "Extractor":
    """The extractor whose frames a feature store or a checkpoint with these settings has.

    Raises:
        UserError: a setting that makes no sense, or an encoder whose weights cannot be had.
    """
    if is_of_hub(settings.get("encoder")):
        from gtzan.audio.encoders.hub import HubEncoder

        return cast("Extractor", HubEncoder(dict(settings)))  # it has all that an encoder has
    from gtzan.audio import extractors

    return extractors.make_extractor(settings)
