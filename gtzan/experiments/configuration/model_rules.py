"""What of a model goes together: its net, its view of the features, the encoder, and augmentation."""

from collections.abc import Mapping

from gtzan.audio.encoders.registry import check_encoder
from gtzan.errors import UserError
from gtzan.experiments.configuration.arguments import (
    AUGMENTATION,
    BLOCK_BANDS,
    EMBEDDING,
    GENERATORS,
    NET_VIEWS,
    SPECTRAL_AUGMENTATION,
    VIEWS,
)
from gtzan.experiments.configuration.checks import check, check_names, target_name
from gtzan.experiments.configuration.composition import keys_of
from gtzan.experiments.configuration.rules import NET_RULES
from gtzan.experiments.configuration.values import in_words, show


def check_model(values: Mapping) -> None:
    """Check a model's net, view and loss, and that they fit each other, the features and the encoder.

    Raises:
        UserError: the first mistake.
    """
    model, features = values["model"], values["features"]
    if str(model.get("make")).startswith("gtzan."):
        check_names(model, "model", keys_of("model"))
    for node in ("net", "view"):
        if node not in model:
            raise UserError(f"model.{node} is missing: choose a model, such as model=cnn.")
    net, view = target_name(model["net"], "model.net"), target_name(model["view"], "model.view")
    if view not in VIEWS:
        raise UserError(f"model.view._target_={model['view']['_target_']} must be {in_words(list(VIEWS))} of gtzan.")
    check_names(model["view"], "model.view", VIEWS[view])
    _check_encoder(values.get("encoder"), model["view"])
    if view in ("LogMels", "Blocks"):
        _check_mel_bands(model["view"].get("bands") if view == "LogMels" else BLOCK_BANDS, features)
    if "weights" in model:
        weights = GENERATORS.get(net, GENERATORS["Cvae"])
        check_names(model["weights"], "model.weights", weights)
        for name in weights:
            if name not in model["weights"]:
                raise UserError(f"model.weights.{name} is missing: 0 leaves it out of the loss.")
    if net not in NET_RULES:  # a user's own net
        return
    check_names(model["net"], "model.net", tuple(NET_RULES[net]))
    for key, constraint in NET_RULES[net].items():
        check(values, f"model.net.{key}", constraint)
    if view not in NET_VIEWS[net]:
        wanted = in_words([f"gtzan.data.views.{name}" for name in NET_VIEWS[net]])
        raise UserError(f"model.view._target_={model['view']['_target_']}: {net} takes {wanted}.")
    if net in GENERATORS and list(model["view"].get("features", ["mfcc"])) != ["mfcc"]:
        raise UserError("model.view.features must be [mfcc]: a generator makes nothing else.")
    _check_size(values, net)


def _check_size(values: Mapping, net: str) -> None:
    """A segment is large enough for a net."""
    model, features = values["model"], values["features"]
    rate = features.get("sample_rate", 22050) / features.get("hop_length", 512)
    frames = max(1, round(values["segment_seconds"] * rate))
    sizes = {"mfcc": features.get("n_mfcc", 20), "chroma": features.get("n_chroma", 12)}
    columns = sum(sizes.get(name, 1) for name in model["view"].get("features", ["mfcc"]))
    columns = model["view"].get("bands") or columns
    if net == "Cnn" and min(columns, frames) < (least := 2 ** len(model["net"].get("channels", (64, 128, 256)))):
        raise UserError(
            f"This Cnn needs at least {least} MFCCs and {least} frames, not {columns} and {frames}: raise "
            "features.n_mfcc or segment_seconds, or give it fewer model.net.channels."
        )
    if net == "ConvLstm" and frames < (block := model["net"].get("block", 16)):
        raise UserError(f"model.net.block={block} is more than the {frames} frames of segment_seconds.")
    if net == "Cvae" and model["net"].get("stride", 4) % 2:
        raise UserError(f"model.net.stride={model['net']['stride']} must be even.")


def _check_mel_bands(bands: int | None, features: Mapping) -> None:
    """Every mel band can be had, for there are as many MFCCs."""
    n_mfcc, n_mels = features.get("n_mfcc", 20), features.get("n_mels", 128)
    if n_mfcc != n_mels:
        raise UserError(
            f"features.n_mfcc={n_mfcc} of features.n_mels={n_mels}: log-mel spectrograms are made of as many MFCCs as "
            f"there are mel bands, so set features.n_mfcc={n_mels}."
        )
    if bands is not None and n_mels % bands:
        raise UserError(
            f"{bands} bands cannot be averaged from features.n_mels={n_mels}: choose a multiple, such as {4 * bands}."
        )


def _check_encoder(encoder: str | None, view: Mapping) -> None:
    """An encoder and a view of its embeddings go together, and its weights are installed."""
    embedded = EMBEDDING in view.get("features", ())
    if embedded and encoder is None:
        raise UserError("model.view.features=[embedding] needs an encoder: add encoder=musicnn.")
    if embedded and list(view["features"]) != [EMBEDDING]:
        raise UserError(f"model.view.features={show(view['features'])} must be [embedding] alone with an encoder.")
    if encoder is not None:
        if not embedded:
            raise UserError(f"encoder={encoder} gives embeddings instead of features: choose model=probe.")
        check_encoder(encoder)


def check_augment(augment: Mapping, model: Mapping) -> None:
    """Check that a model is trained in epochs, on what the terms of augmentation that are on change.

    Raises:
        UserError: the first mistake.
    """
    check_names(augment, "augment", AUGMENTATION)
    terms = [name for name in AUGMENTATION if augment.get(name)]
    if not terms:
        return
    shown = f"augment.{terms[0]}={show(augment[terms[0]])}"
    make = str(model.get("make"))
    if make.startswith("gtzan.") and not make.endswith(".make_classifier"):
        raise UserError(f"{shown} changes nothing here: only classifiers trained in epochs take it; set augment=none.")
    view = target_name(model["view"], "model.view")
    if view != "LogMels" and (spectral := [name for name in terms if name in SPECTRAL_AUGMENTATION]):
        raise UserError(
            f"augment.{spectral[0]}={show(augment[spectral[0]])} changes log-mel spectrograms, and this net takes "
            f"{view}: choose augment=light, or model=resnet."
        )
