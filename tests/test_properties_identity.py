"""What moves a number belongs to a point's identity, and nothing else does, in whatever order it is said."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

from gtzan.experiments.processes.launch import register_resolvers
from gtzan.experiments.sweeps.identity import Identity

MUSIC = {"corpus": "some", "sound": "some", "split": "70/30", "parts": "some"}
PLACES = ("data", "logger", "cache", "runs", "run_dir", "resume", "on_broken", "callbacks.progress")
TRAINER_PLACES = ("devices", "enable_model_summary", "num_sanity_val_steps")
MUSIC_KEYS = ("genres", "split", "fold", "folds")  # in the music's description
# Of a model, defaults of the keys of the same names; here those keys are given, so that they count for nothing.
DEFAULTS = ("epochs", "lr", "segment_seconds", "hop_seconds", "segments_per_track", "n_mfcc", "threads", "precision")
OVERRIDES = [f"{key}=3" for key in (*DEFAULTS[:-3], "features.n_mfcc", "threads")]


def composed(*overrides: str) -> DictConfig:
    register_resolvers()
    with initialize_config_dir(str(Path(__file__).parents[1] / "conf"), version_base="1.3"):
        return compose("train", overrides=["model=dense", "run_dir=here", *overrides])


def leaves(node, prefix: str = "") -> list[str]:
    if isinstance(node, dict):
        return [key for name, value in node.items() for key in leaves(value, f"{prefix}{name}.")]
    return [prefix.rstrip(".")]


CFG = OmegaConf.create(
    OmegaConf.to_container(composed(*OVERRIDES, "trainer.precision=64"))
)  # without types, so that any value is a change
KEYS = leaves(OmegaConf.to_container(CFG))
IGNORED = [*PLACES, *MUSIC_KEYS, *(f"trainer.{key}" for key in TRAINER_PLACES), *(f"model.{key}" for key in DEFAULTS)]
ELSEWHERE = [key for key in KEYS if any(f"{key}.".startswith(f"{place}.") for place in IGNORED)]
COUNTED = [key for key in KEYS if key not in (*ELSEWHERE, "guide")]  # a guide counts by its weights
WORDS = st.text("abc/.-_ 0", min_size=1, max_size=6)


def digest(cfg: DictConfig) -> str:
    return Identity.of(cfg, MUSIC).digest


def changed(key: str, value) -> DictConfig:
    cfg = CFG.copy()
    OmegaConf.update(cfg, key, value)
    return cfg


@settings(max_examples=3)
@given(st.fixed_dictionaries(dict.fromkeys(COUNTED, WORDS | st.integers(100, 10**6))))
def test_each_key_that_moves_a_number_counts(values):
    digests = [digest(CFG), *(digest(changed(key, value)) for key, value in values.items())]
    assert len(set(digests)) == len(digests)


@settings(max_examples=3)
@given(st.fixed_dictionaries(dict.fromkeys(ELSEWHERE, WORDS)))
def test_places_and_what_the_music_says_do_not(values):
    assert {digest(changed(key, value)) for key, value in values.items()} == {digest(CFG)}


@settings(max_examples=5)
@given(
    st.permutations([*OVERRIDES, "optimizer.lr=0.1", "seed=7", "model.net.dropout=0.5", "trainer.precision=bf16-mixed"])
)
def test_the_order_of_overrides_does_not(overrides):
    assert digest(composed(*overrides)) == digest(composed(*sorted(overrides)))


def test_what_is_tried_is_all_there_is():
    assert len(COUNTED) > 20
    assert "epochs" in COUNTED
    assert "optimizer.lr" in COUNTED
    assert "callbacks.seed.seed" in COUNTED


@pytest.mark.parametrize("key", MUSIC)
def test_the_music_counts(key):
    assert Identity.of(CFG, MUSIC | {key: "other"}).digest != digest(CFG)
