"""Finding, or training, the models that another one needs."""

import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra

from gtzan.errors import UserError
from gtzan.experiments.companions import Companions, find_generator, find_judge, with_guide
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.factory import read_corpus
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.runs.search import find_classifiers
from gtzan.synthesis.request import Request
from tests.conftest import SMALL, trained

TRAIN = Path(__file__).parents[2] / "train.py"


class Training:
    """Stands in for ``train``: remembers what it was asked for, and leaves a copy of a finished run."""

    def __init__(self, *runs: Path, **metrics: float) -> None:
        self.runs, self.asked, self.metrics = list(runs), [], GOOD | metrics

    def __call__(self, cfg) -> dict:
        self.asked.append(cfg)
        run = self.runs.pop(0)
        shutil.copytree(run, cfg.run_dir, dirs_exist_ok=True)
        change_metrics(Path(cfg.run_dir), **self.metrics)
        return {}


def no_training(cfg):
    raise AssertionError("nothing is to be trained")


@pytest.fixture
def generator_cfg(configured, tmp_path):
    cfg = configured("model=generator_lstm", "split=50/50", "model.net.lstm=8", f"runs={tmp_path}")
    return cfg, *read_corpus(cfg)


GOOD = {"test/accuracy": 0.9, "test/accuracy_low": 0.7}
BY_CHANCE = {"test/accuracy": 0.4, "test/accuracy_low": 0.2}


def change_metrics(run: Path, **changes) -> None:
    metrics = json.loads((run / "metrics.json").read_text()) | changes
    (run / "metrics.json").write_text(json.dumps(metrics))


def change_epochs(run: Path, epochs: int) -> None:
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(re.sub(r"(?m)^epochs: .*$", f"epochs: {epochs}", text))


def place(run: Path, runs: Path, name: str, **changes) -> Path:
    """A copy of a run, finished now, some of whose metrics are changed."""
    copy = runs / name
    shutil.copytree(run, copy)
    change_metrics(copy, **GOOD | changes)
    return copy


def test_the_best_suitable_classifier_guides_and_the_newest_of_equals(
    generator_cfg, tiny_guide, tiny_run, tmp_path, caplog
):
    caplog.set_level("INFO")
    cfg, corpus, split = generator_cfg
    place(tiny_guide, tmp_path, "older")
    assert with_guide(cfg, corpus, split, no_training).guide.endswith("older")
    assert "from 1 suitable run: " in caplog.text
    newer = place(tiny_guide, tmp_path, "newer")
    place(tiny_guide, tmp_path, "worse", **{"test/accuracy": 0.8})
    place(tiny_guide, tmp_path, "broken", **{"test/accuracy": None, "test/accuracy_low": None})
    place(tiny_guide, tmp_path, "other split", split="70/30")
    place(tiny_guide, tmp_path, "other music", corpus_digest="0")
    place(tiny_run, tmp_path, "other features")  # it hears six
    assert with_guide(cfg, corpus, split, no_training).guide == str(newer)
    assert f"from 3 suitable runs: {newer} (90.0% right on held-out tracks, as its split has no valid" in caplog.text


def test_a_classifier_that_learned_from_what_is_held_out_now_is_not_taken(
    generator_cfg, tiny_guide, tmp_path, caplog, monkeypatch
):
    caplog.set_level("INFO")
    cfg, corpus, split = generator_cfg
    place(tiny_guide, tmp_path, "guide")
    assert len(list(find_classifiers(cfg, corpus, split))) == 1
    changed = replace(split, train=split.test, test=split.train)
    monkeypatch.setattr("gtzan.experiments.factory.divide", lambda *_: changed)
    assert list(find_classifiers(cfg, corpus, changed)) == []
    assert f"{tmp_path / 'guide'} was trained when other tracks of" in caplog.text


def test_a_share_of_the_training_tracks_that_another_seed_drew_is_no_reason_to_train_again(configured, tmp_path):
    words = ("split=50/50", "train_share=0.5", f"runs={tmp_path}", "logger=none")
    judge = trained(configured("model=judge", *words, "seed=1", f"run_dir={tmp_path / 'judge'}"), figures=False)
    cfg = configured("model=generator_lstm", *words, "seed=0")
    assert [found.run.path for found in find_classifiers(cfg, *read_corpus(cfg))] == [judge]


def test_a_damaged_checkpoint_is_passed_over(generator_cfg, tiny_guide, tmp_path, caplog):
    cfg, corpus, split = generator_cfg
    (place(tiny_guide, tmp_path, "guide") / "checkpoints" / "last.ckpt").write_bytes(b"nothing")
    assert list(find_classifiers(cfg, corpus, split)) == []
    assert "is not a checkpoint that can be read safely" in caplog.text


def test_the_judge_of_one_generator_does_not_guide_the_next(generator_cfg, tiny_guide, tiny_judge, tmp_path):
    cfg, corpus, split = generator_cfg
    guide = place(tiny_guide, tmp_path, "guide")
    place(tiny_judge, tmp_path, "judge", **{"test/accuracy": 1.0})
    assert with_guide(cfg, corpus, split, no_training).guide == str(guide)


def test_a_validation_score_counts_before_that_of_test_tracks(generator_cfg, tiny_guide, tmp_path, caplog):
    caplog.set_level("INFO")
    cfg, corpus, split = generator_cfg
    valid = {f"val/accuracy{name}": 0.95 for name in ("", "_low", "/bass", "/middle", "/treble")}
    better = place(tiny_guide, tmp_path, "better on validation tracks", **valid, **{"test/accuracy": 0.5})
    place(tiny_guide, tmp_path, "better on test tracks", **valid | {"val/accuracy": 0.9}, **{"test/accuracy": 1})
    assert with_guide(cfg, corpus, split, no_training).guide == str(better)
    assert "(95.0% right on validation tracks, after 2 of 20 epochs)" in caplog.text


def test_a_trial_never_wins_over_a_full_training(generator_cfg, tiny_guide, tmp_path):
    cfg, corpus, split = generator_cfg
    full = place(tiny_guide, tmp_path, "full", **{"test/accuracy": 0.8})
    change_epochs(full, 20)
    trial = place(tiny_guide, tmp_path, "trial", **{"test/accuracy": 1.0})
    change_epochs(trial, 1)
    assert with_guide(cfg, corpus, split, no_training).guide == str(full)


def test_a_classifier_near_chance_is_refused_whether_found_or_trained(generator_cfg, tiny_guide, tmp_path, caplog):
    cfg, corpus, split = generator_cfg
    place(tiny_guide, tmp_path, "by chance", **BY_CHANCE)
    guide = with_guide(cfg, corpus, split, Training(tiny_guide)).guide
    assert "Rejected as guide because it is near chance" in caplog.text
    shutil.rmtree(guide)
    with pytest.raises(UserError, match=r"trained as guide is near chance: .*name it with guide=RUN"):
        with_guide(cfg, corpus, split, Training(tiny_guide, **BY_CHANCE))


def test_a_generator_near_chance_is_refused_unless_another_training_would_be_no_longer(
    generator_cfg, tiny_generator, tmp_path
):
    cfg, corpus, split = generator_cfg
    cfg.model.net.update({"width": 16, "style": 4, "latent": 4})
    chance = {"test/track_reconstruction_accuracy": 0.3, "test/track_reconstruction_accuracy_low": 0.2}
    poor = place(tiny_generator, tmp_path, "by chance", **chance, **{"test/mse": 0.1})
    assert find_generator(cfg, corpus, split) == poor
    cfg.epochs = 3
    assert find_generator(cfg, corpus, split) is None
    above = dict.fromkeys(chance, 0.9)
    place(tiny_generator, tmp_path, "worse", **above, **{"test/mse": 0.5})
    better = place(tiny_generator, tmp_path, "better", **above, **{"test/mse": 0.4})
    assert find_generator(cfg, corpus, split) == better


def test_before_a_generator_is_trained_one_of_other_music_is_named(configured, tiny_generator, tmp_path, caplog):
    caplog.set_level("INFO")
    name = place(tiny_generator, tmp_path, "mine", corpus="my songs", corpus_digest="0")
    net = ("model=generator_lstm", "model.net.lstm=8", *SMALL[:3])
    cfg = configured(*net, "split=50/50", f"runs={tmp_path}", "genre=bass", config="synthesize")
    with pytest.raises(AssertionError, match="nothing is to be trained"):
        Companions.of(cfg, Request.of(cfg), no_training)
    assert f"To use {name} instead, a generator that was trained on my songs: ckpt={name}" in caplog.text


def test_a_generator_that_is_none_is_refused_before_a_judge_is_trained(configured, tiny_guide):
    cfg = configured(f"ckpt={tiny_guide}", "genre=bass", config="synthesize")
    with pytest.raises(UserError, match="something else than a generator"):
        Companions.of(cfg, Request.of(cfg), no_training)


def test_the_same_command_goes_on_with_a_companion_whose_training_was_interrupted(
    generator_cfg, tiny_guide, tmp_path, caplog
):
    caplog.set_level("INFO")

    def interrupted(cfg):
        shutil.copytree(tiny_guide / "checkpoints", Path(cfg.run_dir) / "checkpoints")
        RunFolder(Path(cfg.run_dir)).save_config(cfg)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_guide(*generator_cfg, interrupted)
    (begun,) = (path.parent for path in tmp_path.glob("*/config.yaml"))
    begun = begun.rename(tmp_path / "begun")  # which has no name that a new one could have
    finish = Training(tiny_guide)
    assert with_guide(*generator_cfg, finish).guide == str(begun)
    assert [cfg.run_dir for cfg in finish.asked] == [str(begun)]
    assert "trained as" not in RunFolder(begun).environment()  # somebody may have begun it by train.py
    assert "Going on with an interrupted training" in caplog.text


def test_a_guide_that_is_named_is_taken(generator_cfg, tiny_guide):
    cfg, corpus, split = generator_cfg
    cfg.guide = str(tiny_guide)
    assert with_guide(cfg, corpus, split, no_training).guide == str(tiny_guide)


def test_classifiers_need_no_guide(configured):
    cfg = configured("model=cnn")
    assert with_guide(cfg, *read_corpus(cfg), no_training).guide is None


def test_without_a_guide_one_is_trained_on_the_same_music_and_split(generator_cfg, tiny_guide):
    cfg, corpus, split = generator_cfg
    cfg.trainer.gradient_clip_val = 1.0
    train = Training(tiny_guide)
    guide = with_guide(cfg, corpus, split, train).guide
    (asked,) = train.asked
    assert asked.run_dir == guide
    assert "gradient_clip_val" not in asked.trainer  # the generator's
    assert RunFolder(Path(guide)).environment()["trained as"] == "guide"
    assert asked.model.net._target_ == "gtzan.models.nets.cnn.Cnn"
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
    assert train.asked[0].model.net._target_ == "gtzan.models.nets.dense.Dense"


SMALL_NET = ("model.net.lstm=8", "model.net.width=16", "model.net.style=4", "model.net.latent=4")


def test_synthesis_trains_what_is_missing(configured, tiny_generator, tiny_judge, tmp_path, caplog):
    cfg = configured("model=generator_lstm", "split=50/50", f"runs={tmp_path}", *SMALL_NET, config="synthesize")
    good = {"test/track_reconstruction_accuracy": 0.9, "test/track_reconstruction_accuracy_low": 0.7}
    train = Training(tiny_generator, tiny_judge, **good)
    found = Companions.of(cfg, Request(), train)
    assert [asked.model.make.rpartition("_")[2] for asked in train.asked] == ["generator", "classifier"]
    assert "genre" not in train.asked[0]  # it is a configuration of train.py
    caplog.clear()
    again = Companions.of(cfg, Request(), no_training)
    assert (again.generator, again.judge) == (found.generator, found.judge)
    assert "near chance" not in caplog.text


def test_a_generator_near_chance_is_used_with_a_warning(configured, tiny_generator, tiny_judge, tmp_path, caplog):
    cfg = configured("model=generator_lstm", "split=50/50", f"runs={tmp_path}", *SMALL_NET, config="synthesize")
    chance = {"test/track_reconstruction_accuracy": 0.3, "test/track_reconstruction_accuracy_low": 0.2}
    Companions.of(cfg, Request(), Training(tiny_generator, tiny_judge, **chance))
    assert "The generator is near chance" in caplog.text
    caplog.clear()
    Companions.of(cfg, Request(), no_training)
    assert "The generator is near chance" in caplog.text


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
    assert found.origin is None


def test_a_guide_is_configured_while_hydra_is_running():
    GlobalHydra.instance().clear()
    Hydra.create_main_hydra_file_or_module(str(TRAIN), None, "conf", "train")
    try:
        running = GlobalHydra.instance().hydra
        assert compose("train", ["model=judge", "seed=3"]).seed == 3
        assert GlobalHydra.instance().hydra is running
    finally:
        GlobalHydra.instance().clear()


def test_a_guide_that_cannot_judge_is_refused_before_features_are_extracted(configured, tiny_guide):
    words = (f"guide={tiny_guide}", "split=50/50", "model.net.lstm=8", "features.n_mels=64", "features.n_mfcc=64")
    cfg = configured("model=generator_lstm", *words)
    found = read_corpus(cfg)
    with pytest.raises(UserError, match="its n_mels is 128, not 64"):
        with_guide(cfg, *found, no_training)
    cfg.data.store = "carried"  # whose own settings count, which the generator checks
    assert with_guide(cfg, *found, no_training).guide == str(tiny_guide)
