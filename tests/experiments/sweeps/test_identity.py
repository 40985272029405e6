from pathlib import Path

import pytest
import torch
from omegaconf import open_dict

from gtzan.data.source import FEATURES, TRAINING, code_digest, target_digest
from gtzan.errors import UserError
from gtzan.experiments.factory import read_corpus
from gtzan.experiments.runs.checkpoint_search import checkpoint_of
from gtzan.experiments.sweeps.identity import Identity, corpus_digest, differences, music_of
from tests.conftest import make_corpus


@pytest.fixture(scope="module")
def identity(configured):
    def of(*overrides: str) -> Identity:
        cfg = configured("model=dense", "split=70/30", *overrides)
        return Identity.of(cfg, music_of(*read_corpus(cfg), cfg))

    return of


@pytest.fixture(scope="module")
def unchanged(identity) -> Identity:
    return identity()


@pytest.mark.parametrize(
    "override",
    [
        "threads=1",  # as in conf/model/dense.yaml
        "logger=none",
        "trainer=cpu",
        "trainer.devices=2",
        "callbacks.progress=null",
        "runs=elsewhere",
        "data.name=mine",
        "on_broken=error",
        "lr=0.001",
        "model.n_mfcc=40",  # features.n_mfcc is given
    ],
)
def test_places_and_devices_do_not_define_a_point(identity, unchanged, override):
    assert identity(override).digest == unchanged.digest


@pytest.mark.parametrize(
    "override",
    [
        "seed=1",
        "split=50/50",
        "lr=0.01",
        "batch_size=16",
        "features.n_mfcc=12",
        "+features.n_fft=4096",
        "callbacks.average=null",
        "trainer.precision=bf16-mixed",
        "threads=2",
        "trainer.accelerator=gpu",
        "trainer.max_epochs=7",
        "model.net.dropout=0.1",
        "optimizer._target_=torch.optim.SGD",
        "genres=[bass,treble]",
        "segments_per_track=2",
    ],
)
def test_what_moves_a_number_does(identity, unchanged, override):
    other = identity(override)
    assert other.digest != unchanged.digest
    assert other.cell != unchanged.cell
    assert differences(unchanged.defines, other.defines)


def test_points_of_a_cell_differ_in_epochs_only(identity):
    short, long = identity("epochs=3"), identity("epochs=4")
    assert short.digest != long.digest
    assert short.cell == long.cell
    assert differences(short.defines, long.defines) == ["epochs: 3 → 4"]


def test_other_sound_of_the_same_names_is_another_point(identity, tmp_path):
    corpus = make_corpus(tmp_path / "music", tracks_per_genre=4, seconds=0.5)
    words = (f"data.root={corpus.root}", f"cache={tmp_path}")
    before = identity(*words)
    assert identity(*words).digest == before.digest
    (tmp_path / "music").rename(tmp_path / "moved")
    assert identity(f"data.root={tmp_path / 'moved'}", words[1]).digest == before.digest
    (tmp_path / "moved" / "bass" / "bass.00000.wav").write_bytes(b"broken")
    after = identity(f"data.root={tmp_path / 'moved'}", words[1])
    (change,) = differences(before.defines, after.defines)
    assert change.startswith("music.sound: ")


def test_a_guide_is_known_by_its_weights(configured, tiny_guide, tiny_judge, tmp_path):
    cfg = configured("model=generator", "split=50/50")
    music = music_of(*read_corpus(cfg), cfg)

    def digest(guide) -> str:
        with open_dict(cfg):
            cfg.guide = str(guide)
        return Identity.of(cfg, music).digest

    def changed(change) -> Path:
        """The guide's checkpoint with a change, in another folder."""
        checkpoint = torch.load(checkpoint_of(tiny_guide), weights_only=True)
        change(checkpoint)
        path = tmp_path / f"{change.__name__}.ckpt"
        torch.save(checkpoint, path)
        return path

    def resumed(checkpoint: dict) -> None:
        checkpoint["callbacks"] = {"dirpath": "elsewhere"}

    def trained_further(checkpoint: dict) -> None:
        next(iter(checkpoint["state_dict"].values())).add_(1e-6)

    def described_otherwise(checkpoint: dict) -> None:
        checkpoint["hyper_parameters"]["segment_seconds"] *= 2

    assert digest(tiny_guide) == digest(changed(resumed)) != digest(tiny_judge)
    assert len({digest(tiny_guide), digest(changed(trained_further)), digest(changed(described_otherwise))}) == 3
    with pytest.raises(UserError, match="no /nowhere"):
        digest("/nowhere")


def test_corpora_of_equal_names_and_genres_are_told_apart_by_their_sound(configured, tiny_corpus, tmp_path):
    cfg = configured()
    other = make_corpus(tmp_path / "music", seconds=0.1)
    assert [(t.name, t.genre) for t in other.tracks] == [(t.name, t.genre) for t in tiny_corpus.tracks]
    assert corpus_digest(other, cfg) != corpus_digest(tiny_corpus, cfg) == corpus_digest(tiny_corpus, cfg)


@pytest.mark.parametrize(("modules", "part"), [(TRAINING, "training"), (FEATURES, "features")])
def test_other_code_is_another_point(identity, monkeypatch, modules, part):
    before = identity()
    monkeypatch.setattr(
        "gtzan.experiments.sweeps.identity.code_digest", lambda of: "new" if of == modules else code_digest(of)
    )
    (change,) = differences(before.defines, identity().defines)
    assert change.startswith(f"code.{part}: {before.defines['code'][part]} → ")


def test_the_code_of_its_net_belongs_to_a_point(identity, monkeypatch):
    before = identity()
    assert "gtzan.models.nets.dense.Dense" in before.defines["code"]
    monkeypatch.setattr(
        "gtzan.experiments.sweeps.identity.target_digest",
        lambda target: "other" if "nets" in target else target_digest(target),
    )
    (change,) = differences(before.defines, identity().defines)
    assert change.startswith("code.gtzan.models.nets.dense.Dense: ")


def test_threads_that_nobody_has_set_are_those_that_there_are(configured, monkeypatch):
    cfg = configured("model=cnn")
    for said in ("3", "5"):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert Identity.of(cfg, {}).defines["computed"] == {"device": "cpu", "threads": int(said)}
    monkeypatch.setattr("gtzan.experiments.processes.gpus.version", lambda _: "2.12.0")  # no build for CPUs alone
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert Identity.of(cfg, {}).defines["computed"] == {"device": "gpu"}
