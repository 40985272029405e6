import numpy as np
from omegaconf import open_dict

from gtzan.experiments.factory import make_datamodule, make_model, read_corpus


def test_a_stored_configuration_without_newer_keys_gives_the_same_split(configured):
    cfg = configured("split=50/50")
    _, split = read_corpus(cfg)
    with open_dict(cfg):
        del cfg["train_share"], cfg["encoder"]
    _, again = read_corpus(cfg)
    assert np.array_equal(split.train, again.train)
    assert split.protocol == again.protocol


def test_a_stored_configuration_without_augmentation_gives_a_classifier_without(configured):
    cfg = configured("model=dense", "split=50/50")
    with open_dict(cfg):
        del cfg["augment"]
    assert make_model(cfg, make_datamodule(cfg, *read_corpus(cfg))).augmentation is None
