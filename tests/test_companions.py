"""Finding, or training, the models that another one needs."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra

from gtzan.companions import CONF, Companions, _compose, find_generator, find_judge, with_guide
from gtzan.config import read_corpus
from gtzan.errors import UserError
from gtzan.request import Request
from gtzan.run_folder import RunFolder


class Training:
    """Stands in for ``train``: remembers what it was asked for, and leaves a copy of a finished run."""

    def __init__(self, *runs: Path) -> None:
        self.runs, self.asked = list(runs), []

    def __call__(self, cfg) -> dict:
        self.asked.append(cfg)
        shutil.copytree(self.runs.pop(0), cfg.run_dir, dirs_exist_ok=True)
        return {}


def no_training(cfg):
    raise AssertionError("nothing is to be trained")


@pytest.fixture
def generator_cfg(configured, tmp_path):
    cfg = configured("model=generator_lstm", "split=50/50", "model.net.lstm=8", f"runs={tmp_path}")
    return cfg, *read_corpus(cfg)


def place(run: Path, runs: Path, name: str, **changes) -> Path:
    """A copy of a run, finished now, some of whose metrics are changed."""
    copy = runs / name
    shutil.copytree(run, copy)
    metrics = json.loads((copy / "metrics.json").read_text()) | changes
    (copy / "metrics.json").write_text(json.dumps(metrics))
    return copy


def test_the_newest_suitable_classifier_guides(generator_cfg, tiny_guide, tiny_run, tmp_path):
    cfg, corpus, split = generator_cfg
    place(tiny_guide, tmp_path, "older")
    newer = place(tiny_guide, tmp_path, "newer")
    place(tiny_guide, tmp_path, "other split", split="70/30")
    place(tiny_guide, tmp_path, "other music", corpus_digest="0")
    place(tiny_run, tmp_path, "other features")  # it hears six
    assert with_guide(cfg, corpus, split, no_training).guide == str(newer)


def test_a_guide_that_is_named_is_taken(generator_cfg):
    cfg, corpus, split = generator_cfg
    cfg.guide = "here"
    assert with_guide(cfg, corpus, split, no_training).guide == "here"


def test_classifiers_need_no_guide(configured):
    cfg = configured("model=cnn")
    assert with_guide(cfg, *read_corpus(cfg), no_training).guide is None


def test_without_a_guide_one_is_trained_on_the_same_music_and_split(generator_cfg, tiny_guide):
    cfg, corpus, split = generator_cfg
    train = Training(tiny_guide)
    guide = with_guide(cfg, corpus, split, train).guide
    (asked,) = train.asked
    assert asked.run_dir == guide
    assert asked.model.net._target_ == "gtzan.nets.cnn.Cnn"
    assert asked.trainer.max_epochs == asked.epochs == 20  # its own default, not the generator's
    assert asked.features.n_mfcc == 13  # what there is
    for key in ("split", "data", "cache", "segment_seconds"):
        assert asked[key] == cfg[key]


def test_processes_that_want_a_guide_at_once_train_one(generator_cfg, tiny_guide):
    train = Training(tiny_guide)

    def slowly(cfg) -> dict:
        time.sleep(0.3)
        return train(cfg)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: with_guide(*generator_cfg, slowly).guide, range(2))
    assert first == second
    assert len(train.asked) == 1


def test_the_judge_has_another_architecture_and_seed_than_the_guide(
    generator_cfg, tiny_guide, tiny_judge, tmp_path, configured
):
    cfg, corpus, split = generator_cfg
    cfg.guide = str(tiny_guide)
    judge = place(tiny_judge, tmp_path, "judge")
    place(tiny_guide, tmp_path, "newer, but the guide's architecture")
    assert find_judge(cfg, corpus, split, no_training) == judge
    (judge / "config.yaml").write_text((judge / "config.yaml").read_text().replace("\nseed: 1", "\nseed: 0"))
    train = Training(tiny_judge)
    trained = find_judge(cfg, corpus, split, train)
    assert trained != judge
    assert train.asked[0].seed == 1
    assert train.asked[0].model.net._target_ == "gtzan.nets.dense.Dense"


def test_synthesis_trains_what_is_missing(configured, tiny_generator, tiny_judge, tmp_path):
    small = ("model.net.lstm=8", "model.net.width=16", "model.net.style=4", "model.net.latent=4")
    cfg = configured("split=50/50", f"runs={tmp_path}", *small, config="synthesize")
    train = Training(tiny_generator, tiny_judge)
    found = Companions.of(cfg, Request(), train)
    assert [asked.model.make.rpartition("_")[2] for asked in train.asked] == ["generator", "classifier"]
    assert "genre" not in train.asked[0]  # it is a configuration of train.py
    again = Companions.of(cfg, Request(), no_training)
    assert (again.generator, again.judge) == (found.generator, found.judge)


def test_a_generator_of_another_net_does_not_suit(generator_cfg, tiny_generator, tmp_path):
    cfg, corpus, split = generator_cfg
    run = place(tiny_generator, tmp_path, "generator")
    assert find_generator(cfg, corpus, split) is None
    cfg.model.net.update({"width": 16, "style": 4, "latent": 4})
    assert find_generator(cfg, corpus, split) == run
    cfg.model.net.lstm = None
    assert find_generator(cfg, corpus, split) is None


def test_an_unknown_genre_is_told_before_anything_is_trained(configured, tmp_path):
    cfg = configured(f"runs={tmp_path}", config="synthesize")
    with pytest.raises(UserError, match="choose from bass, middle, treble"):
        Companions.of(cfg, Request(("polka",)), no_training)


def test_a_lone_checkpoint_needs_a_judge_by_name(configured, tiny_generator, tiny_judge, tmp_path):
    lone = tmp_path / "a" / "lone.ckpt"
    lone.parent.mkdir()
    shutil.copy(RunFolder(tiny_generator).checkpoint, lone)
    cfg = configured(f"ckpt={lone}", config="synthesize")
    with pytest.raises(UserError, match="name a classifier with judge=RUN"):
        Companions.of(cfg, Request(), no_training)
    cfg.judge = str(tiny_judge)
    found = Companions.of(cfg, Request(), no_training)
    assert found.reference(Request()) is None


def test_a_guide_is_configured_while_hydra_is_running():
    GlobalHydra.instance().clear()
    Hydra.create_main_hydra_file_or_module(str(CONF.parent / "train.py"), None, "conf", "train")
    try:
        running = GlobalHydra.instance().hydra
        assert _compose(["model=judge", "seed=3"]).seed == 3
        assert GlobalHydra.instance().hydra is running
    finally:
        GlobalHydra.instance().clear()
