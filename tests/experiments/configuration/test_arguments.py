"""The lists of arguments are those of the classes that are installed."""

import inspect

import lightning
import pytest
import torch
from hydra.utils import get_class, get_method

from gtzan.audio.features import FeatureExtractor, feature_matrix
from gtzan.data.blocks import BANDS
from gtzan.data.views import EVERY_FEATURE, VIEWS
from gtzan.experiments.configuration import arguments
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.configuration.rules import NET_RULES, OPTIMIZER_RULES, RULES
from gtzan.experiments.processes.launch import register_resolvers
from gtzan.models.augmentation import Augmentation
from gtzan.models.nets.cnn import POOLINGS


def names(function, *without: str) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", *without}


def test_the_trainers():
    assert set(arguments.TRAINER) == names(lightning.Trainer.__init__, *arguments.TRAINER_ELSEWHERE)
    unruled = {"strategy", "plugins", "model_registry"}  # classes or names of other people's
    assert {key[8:] for key in RULES if key.startswith("trainer.")} == set(arguments.TRAINER) - unruled


@pytest.mark.parametrize("name", arguments.OPTIMIZERS)
def test_the_optimizers(name):
    assert set(arguments.OPTIMIZERS[name]) == names(getattr(torch.optim, name), "params")
    assert set(arguments.OPTIMIZERS[name]) <= {*OPTIMIZER_RULES, "eps"}


@pytest.mark.parametrize("data", ["auto", "builtin", "fma", "folder", "gtzan", "mirdata", "table"])
def test_the_corpora(data):
    register_resolvers()
    target = compose("train", [f"data={data}"]).data._target_
    known = arguments.CORPORA[target.rpartition(".")[2]]
    own = names(get_method(target), "check", "builtin")
    assert own <= set(known)
    assert own == set(known) or data == "auto"


@pytest.mark.parametrize("model", ["dense", "lda", "blocks", "cnn", "convlstm", "resnet", "generator"])
def test_the_nets_and_views(model):
    register_resolvers()
    cfg = compose("train", [f"model={model}"]).model
    net, view = get_class(cfg.net._target_), get_class(cfg.view._target_)
    assert set(NET_RULES[net.__name__]) == names(net, "input_shape", "n_classes")
    assert set(arguments.VIEWS[view.__name__]) == names(view)


@pytest.mark.parametrize("augment", ["none", "light", "music"])
def test_the_augmentations(augment):
    register_resolvers()
    cfg = compose("train", [f"augment={augment}"]).augment
    assert set(cfg) == set(arguments.AUGMENTATION) == names(Augmentation)
    assert {key[8:] for key in RULES if key.startswith("augment.")} == set(arguments.AUGMENTATION)


def test_features_and_statistics():
    assert set(arguments.EXTRACTOR) == names(FeatureExtractor)
    assert arguments.FEATURES == EVERY_FEATURE
    assert arguments.POOLINGS == POOLINGS
    assert arguments.BLOCK_BANDS == BANDS
    assert set(arguments.VIEWS) == {view.__name__ for view in VIEWS}
    assert feature_matrix(torch.rand(1, 3, 2), arguments.STATISTICS).shape == (1, 2 * len(arguments.STATISTICS))
