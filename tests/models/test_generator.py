"""Training a generator through its guide."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.audio.settings import encoder_settings
from gtzan.data.datamodule import Batch
from gtzan.errors import UserError
from gtzan.experiments.factory import make_datamodule, make_model, read_corpus
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.trainer import make_trainer
from gtzan.models.checkpoints import load_model
from gtzan.models.classifier import Classifier
from gtzan.models.generator import Generator, check_judges
from gtzan.synthesis.request import Request
from gtzan.synthesis.synthesizer import CONTEXT_SECONDS, Synthesizer
from tests.conftest import PITCHES, RATE, SMALL, write_tone
from train import train


@pytest.fixture(scope="module")
def generator(tiny_generator) -> Generator:
    return load_model(Generator, RunFolder(tiny_generator).checkpoint, "a generator")


def batch(n: int = 4) -> Batch:
    torch.manual_seed(0)
    return Batch(torch.randn(n, 1, 13, 21) * 20, torch.arange(n) % 3, torch.arange(n))


def test_a_checkpoint_rebuilds_generator_and_guide(generator, tiny_guide):
    guide = load_model(Classifier, RunFolder(tiny_guide).checkpoint, "a classifier")
    x = batch().x
    torch.testing.assert_close(generator.judge(x), guide(x))
    assert dict(generator.guide.hparams) == dict(guide.hparams)


def test_training_leaves_the_guide_alone(configured, tiny_guide):
    cfg = configured("model=generator", f"guide={tiny_guide}", "split=50/50", "logger=none", "epochs=1", *SMALL)
    datamodule = make_datamodule(cfg, *read_corpus(cfg))
    generator = make_model(cfg, datamodule)
    guide = {name: value.clone() for name, value in generator.guide.state_dict().items()}
    net = {name: value.clone() for name, value in generator.net.state_dict().items()}
    make_trainer(cfg).fit(generator, datamodule)
    assert all(torch.equal(value, guide[name]) for name, value in generator.guide.state_dict().items())
    assert not any(torch.equal(value, net[name]) for name, value in generator.net.named_parameters())


@pytest.mark.parametrize("term", ["mse", "kl_style", "kl_steps", "texture", "guide"])
def test_every_weight_reaches_the_net(generator, term):
    """A term that is asked for alone moves the weights; with none, nothing does."""
    settings = dict(generator.hparams) | {
        "weights": dict.fromkeys(["mse", "kl_style", "kl_steps", "texture", "guide"], 0.0)
    }
    torch.manual_seed(0)
    model = Generator(**settings)
    encoder = list(model.net.encoder.parameters())
    model.training_step(batch(), 0).backward()
    assert sum(p.grad.abs().sum() for p in encoder if p.grad is not None) == 0
    model.hparams.weights[term] = 1.0
    model.training_step(batch(), 0).backward()
    assert sum(p.grad.abs().sum() for p in encoder if p.grad is not None) > 0
    assert all(p.grad is None for p in model.guide.parameters())


def test_metrics_name_every_part_and_genre(tiny_generator):
    metrics = json.loads((tiny_generator / "metrics.json").read_text())
    for part in ("train", "test", "all"):
        for name in ("mse", "kl", "reconstruction_accuracy"):
            genres = [metrics[f"{part}/{name}/{genre}"] for genre in ("bass", "middle", "treble")]
            assert min(genres) <= metrics[f"{part}/{name}"] <= max(genres)
        assert metrics[f"{part}/mse"] > 0
    assert "test/accuracy" not in metrics  # it is not a classifier


def test_pictures_show_curves_and_reconstructions(tiny_generator):
    names = {path.name for path in (tiny_generator / "figures").glob("*.png")}
    assert {"curves.png", "genres.png"} <= names
    assert any(name.startswith("reconstructed_") for name in names)


@pytest.mark.usefixtures("without_figures")
def test_the_same_seed_gives_the_same_generator(configured, tiny_guide, tiny_generator):
    words = ("model=generator_lstm", "model.net.lstm=8", f"guide={tiny_guide}", "split=50/50", "threads=1", *SMALL)
    cfg = configured(*words)
    train(cfg)
    runs = (tiny_generator, Path(cfg.run_dir))
    once, twice = (torch.load(RunFolder(run).checkpoint, weights_only=True)["state_dict"] for run in runs)
    assert all(torch.equal(once[name], twice[name]) for name in once)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"classes": ["bass", "treble"]}, "knows the genres bass, treble"),
        ({"segment_seconds": 3.0}, "segments of 3.0 s"),
        ({"features": {"n_fft": 4096}}, "n_fft is 4096"),
        ({"features": {"n_mfcc": 40}}, "uses 40 MFCCs, only 13 are generated"),
        ({"view": {"_target_": "gtzan.data.views.Statistics"}}, "uses other features than MFCCs"),
    ],
)
def test_a_classifier_that_does_not_match_is_refused_with_the_reason(generator, change, sentence):
    settings = dict(generator.hparams.guide)
    for key, value in change.items():
        settings[key] = settings[key] | value if key == "features" else value
    with pytest.raises(UserError, match=sentence):
        check_judges(settings, generator.hparams.features, generator.hparams.classes, generator.hparams.segment_seconds)


def test_a_classifier_of_an_encoders_embeddings_is_refused(generator):
    view = {"_target_": "gtzan.data.views.Statistics", "features": ["embedding"], "statistics": ["mean"]}
    settings = {**generator.hparams.guide, "features": encoder_settings("musicnn"), "view": view}
    with pytest.raises(UserError, match="uses other features than MFCCs"):
        check_judges(settings, generator.hparams.features, generator.hparams.classes, generator.hparams.segment_seconds)


def test_a_classifier_is_no_generator_and_a_text_is_no_checkpoint(tiny_guide, tmp_path):
    with pytest.raises(UserError, match="something else than a generator"):
        load_model(Generator, RunFolder(tiny_guide).checkpoint, "a generator")
    (tmp_path / "x.ckpt").write_text("hello")
    with pytest.raises(UserError, match=r"x\.ckpt is not a checkpoint"):
        load_model(Generator, tmp_path / "x.ckpt", "a generator")


@pytest.fixture(scope="module")
def tiny_flow(configured, tiny_guide) -> Path:
    """The run folder of a flow that has learned next to nothing."""
    net = ("model.net.width=16", "model.net.blocks=2", "model.net.style=4", "model.net.steps=2")
    bands = "features.n_mels=128"  # as many as its guide's
    cfg = configured("model=flow", f"guide={tiny_guide}", "split=50/50", "epochs=1", "hop_seconds=0.5", bands, *net)
    train(cfg)
    return Path(cfg.run_dir)


@pytest.mark.parametrize("trainer", ["cpu", "gpu", "ddp"])
def test_a_flow_clips_its_gradients_whatever_it_is_trained_on(configured, trainer):
    assert configured("model=flow", f"trainer={trainer}").trainer.gradient_clip_val == 1


def test_a_flow_is_measured_like_a_generator_without_latents(tiny_flow):
    metrics = json.loads((tiny_flow / "metrics.json").read_text())
    for part in ("train", "test", "all"):
        assert metrics[f"{part}/mse"] > 0
        assert 0 <= metrics[f"{part}/reconstruction_accuracy"] <= 1
    assert not any("kl" in name for name in metrics)
    names = {path.name for path in (tiny_flow / "figures").glob("*.png")}
    assert "genres.png" in names
    assert not any(name.startswith("curves") for name in names)  # of one epoch
    assert (tiny_flow / "report.html").exists()


def test_a_flows_checkpoint_makes_music_alone(tiny_flow):
    synthesizer = Synthesizer.load(RunFolder(tiny_flow).checkpoint)
    assert synthesizer.generator.net.style_root.abs().sum() > 0
    once, again = (synthesizer.sample("bass", 1, 1.0, seed=3) for _ in range(2))
    other = synthesizer.sample("treble", 1, 1.0, seed=3)
    assert once.waveform.shape == (synthesizer.sample_rate,)
    assert (once.waveform == again.waveform).all()
    assert (once.waveform != other.waveform).any()


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "treble.wav"
    write_tone(path, PITCHES["treble"], 7.0, seed=0)
    return path


def test_a_song_is_varied_continued_and_named_by_its_genre(tiny_flow, song, monkeypatch):
    synthesizer = Synthesizer.load(RunFolder(tiny_flow).checkpoint)
    rate = synthesizer.sample_rate

    def sample(**asked):
        (made,) = synthesizer.samples(Request(n=1, **asked))
        return made

    copy, far = (sample(like=song, seconds=2.0, strength=strength) for strength in (0.0, 1.0))
    assert copy.start == far.start == 0
    assert len(copy.waveform) == len(far.waveform) == pytest.approx(2 * rate, abs=512)
    original = FeatureExtractor(**synthesizer.generator.hparams["features"])(
        torch.from_numpy(read_audio(song, rate)[: 2 * rate])[None]
    )[0, :, :13]
    torch.testing.assert_close(torch.from_numpy(copy.mfcc), original[: len(copy.mfcc)], rtol=0, atol=0.01)
    assert abs(far.mfcc - copy.mfcc).max() > 1
    assert copy.genre == synthesizer.completed(Request(like=song)).genre[0]
    assert sample(like=song, genre=("bass",)).genre == "bass"
    monkeypatch.setattr("gtzan.synthesis.synthesizer.CONTEXT_SECONDS", 0.25)  # less than the generator needs
    assert len(sample(continued=song, seconds=1.5).waveform) == pytest.approx(2 * rate, abs=1024)
    monkeypatch.undo()
    longer = sample(continued=song, seconds=1.5)
    assert len(longer.waveform) == pytest.approx((CONTEXT_SECONDS + 1.5) * rate, abs=1024)
    assert len(longer.waveform) - longer.start * rate == pytest.approx(1.5 * rate, abs=1)
    synthesizer.generator.hparams["segment_seconds"] = 0.3333  # no whole number of samples
    assert synthesizer.completed(Request(like=song, seconds=0.3333)).genre == (copy.genre,)
    blend = sample(blend=(("bass", 0.5), ("treble", 0.5)), genre=("bass",), seconds=1.0)
    assert (blend.waveform != sample(genre=("bass",), seconds=1.0).waveform).any()


def test_songs_that_nothing_can_begin_with_are_named(tiny_flow, tiny_generator, song, tmp_path):
    synthesizer = Synthesizer.load(RunFolder(tiny_flow).checkpoint)
    soundfile.write(short := tmp_path / "short.wav", np.ones(4000) * 0.1, RATE)
    soundfile.write(silent := tmp_path / "silent.wav", np.zeros(RATE), RATE)
    (broken := tmp_path / "broken.wav").write_text("hello")
    with pytest.raises(UserError, match=r"seconds=0\.25 is too short for like=: ask for 0\.5 or more"):
        synthesizer.completed(Request(like=song, seconds=0.25))
    for path, words in ((short, "0.2 s of it are too short"), (silent, "silent at its end"), (broken, "broken.wav")):
        with pytest.raises(UserError, match=words):
            synthesizer.completed(Request(continued=path))
    with pytest.raises(UserError, match="like needs a generator that can do it: train one with model=flow"):
        Synthesizer.load(RunFolder(tiny_generator).checkpoint).completed(Request(like=song))
