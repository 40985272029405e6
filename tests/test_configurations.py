from pathlib import Path

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import OmegaConf

from gtzan.configurations import Configurations
from gtzan.identity import settings
from gtzan.launch import register_resolvers

TRAIN = Path(__file__).parents[1] / "train.py"


@pytest.fixture
def loader():
    register_resolvers()
    GlobalHydra.instance().clear()
    yield Hydra.create_main_hydra_file_or_module(str(TRAIN), None, "conf", "train").config_loader
    GlobalHydra.instance().clear()


@pytest.fixture
def configurations(loader):
    return Configurations(loader.load_configuration("train", [], RunMode.MULTIRUN), loader)


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=dense", "batch_size=7", "epochs=3"],
        ["epochs=3", "model=cnn", "lr=0.5", "model.net.dropout=0"],
        ["experiment=paper/dense", "split=70/30", "callbacks.average=null"],
        ["+features.n_fft=4096", "segment_seconds=2", "genres=[a,b]"],
        ["trainer.precision=bf16-mixed", "split='70/30'", "hop_seconds=${segment_seconds}", "seed=1"],
    ],
)
def test_a_configuration_is_the_one_that_hydra_composes(configurations, loader, overrides):
    whole = loader.load_sweep_config(configurations.config, overrides)
    found = configurations.of(overrides)
    assert settings(found) == settings(whole)
    job = OmegaConf.to_container(whole.hydra.job, resolve=False)
    assert configurations.name(overrides) == job["override_dirname"]
    again = configurations.of([*overrides[:-1], "seed=5"])
    assert again.seed == 5
    assert found == configurations.of(overrides)
    assert OmegaConf.is_struct(found)


def test_a_name_that_is_not_there_is_told_by_hydra(configurations):
    for override in ("epoch=3", "model.nett=3", "model=cn"):
        with pytest.raises(HydraException, match=r"epoch|nett|cn"):
            configurations.of([override])
