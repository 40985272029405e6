import json
from pathlib import Path

import numpy as np
import pytest
import torch

from gtzan.audio.encoders.musicnn import PATCH, Musicnn, MusicnnEncoder
from gtzan.audio.encoders.musicnn_weights import find_weights, verified_weights
from gtzan.data.store import FeatureStore
from gtzan.errors import UserError
from gtzan.evaluation import explanation
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.configuration.hydra_errors import user_errors
from gtzan.experiments.configuration.validation import validate
from gtzan.models.predictor import Predictor
from tests.audio.encoders.conftest import random_tensors
from train import train

RATE = 16_000


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)


def test_layers_compute_what_tensorflows_definitions_say():
    """Two layers in NumPy, from TensorFlow's shapes: a first filter, and the dense layer after the pooling."""
    tensors = random_tensors()
    net = Musicnn()
    net.load(tensors)
    patch = torch.randn(1, 20, 96, generator=torch.Generator().manual_seed(0))
    largest, mean, penultimate, _ = net(patch)

    def norm(x, name):
        gamma, beta, m, v = (tensors[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        return (x - m) / np.sqrt(v + 1e-3) * gamma + beta

    x = norm(patch[0].numpy(), "batch_normalization")
    x = np.pad(x, ((3, 3), (0, 0)))
    kernel = tensors["conv2d/kernel"][:, :, 0, 5]
    maps = [[(x[t : t + 7, f : f + 38] * kernel).sum() for f in range(96 - 38 + 1)] for t in range(20)]
    channel = norm(np.maximum(np.array(maps)[..., None] + tensors["conv2d/bias"][5], 0), "batch_normalization_1")
    assert largest[0, 5] == pytest.approx(channel[..., 5].max(), abs=1e-4)
    assert mean[0, 5] == pytest.approx(channel[..., 5].max(axis=1).mean(), abs=1e-4)

    pooled = norm(np.stack([largest[0], mean[0]], axis=1).ravel(), "batch_normalization_9")
    dense = np.maximum(pooled @ tensors["dense/kernel"] + tensors["dense/bias"], 0)
    np.testing.assert_allclose(penultimate[0], norm(dense, "batch_normalization_10"), atol=1e-3)


def test_a_stream_gives_what_the_whole_gives_whatever_its_blocks(weights):
    encoder = MusicnnEncoder()
    hop = encoder.settings["hop_length"]
    for samples in (300, hop, 2 * hop + 5000):
        waveform = noise(samples / RATE + 1)[:samples]
        whole = encoder(torch.from_numpy(waveform)[None])[0].numpy()
        assert whole.shape == (1 + samples // hop, len(encoder.names))
        cuts = np.random.default_rng(samples).integers(0, samples + 1, 5)
        parts = np.concatenate(list(encoder.of_stream(np.split(waveform, np.sort(cuts)))))
        np.testing.assert_allclose(parts, whole, atol=1e-3)


def test_rows_are_centred_on_the_hops(weights):
    encoder = MusicnnEncoder()
    waveform = torch.from_numpy(noise(10))
    rows = encoder(waveform[None])[0]
    frames = encoder.log_mel([waveform])
    assert encoder.settings["hop_length"] == PATCH * 256
    for row, start in enumerate((0, PATCH - PATCH // 2, 2 * PATCH - PATCH // 2, len(frames) - PATCH)):
        largest, _, _, _ = encoder.net(frames[None, start : start + PATCH])
        torch.testing.assert_close(rows[row, :753], largest[0], atol=1e-3, rtol=0)


def test_missing_and_other_weights_are_named_with_the_command(weights, monkeypatch):
    from gtzan.audio.encoders import musicnn_weights

    assert find_weights() == weights
    assert verified_weights() == f"{weights}/"
    with monkeypatch.context() as changed:
        changed.setitem(musicnn_weights.DIGESTS, ".index", "0" * 64)
        with pytest.raises(UserError, match="not as published: pip install"):
            verified_weights()
    monkeypatch.setitem(musicnn_weights.DIGESTS, ".more", "0" * 64)
    with pytest.raises(UserError, match="more is missing: pip install"):
        find_weights()


def test_a_probe_without_the_weights_says_how_to_install_them_before_any_work(configured, no_weights):
    with pytest.raises(UserError, match=r"pip install --no-deps musicnn==0\.1\.0"):
        validate(configured("model=probe", "encoder=musicnn"))
    with pytest.raises(UserError, match=r"model=probe encoder=musicnn.*musicnn==0\.1\.0"), user_errors("train"):
        compose("train", ["model=musicnn"])


def test_a_probe_trains_reports_predicts_and_explains(configured, weights, tiny_corpus, monkeypatch):
    net = "model.net._target_=gtzan.models.nets.logistic.Logistic"  # fitted faster than the default
    words = ("model=probe", "encoder=musicnn", net, "split=50/50", "epochs=1", "segment_seconds=3", "logger=none")
    cfg = configured(*words)
    metrics = train(cfg)
    run = Path(cfg.run_dir)
    assert metrics["test/accuracy"] > 0.8  # tones of other pitches look other even to random filters
    assert json.loads((run / "metrics.json").read_text())["test/accuracy"] == metrics["test/accuracy"]
    assert (run / "report.html").exists()
    assert not list(run.glob("figures/misclassified*"))

    predictor = Predictor.load(run / "checkpoints" / "last.ckpt")
    track = tiny_corpus.tracks[0]
    assert predictor.sample_rate == RATE
    prediction = predictor.predict_file(track.path)
    assert prediction.ranking[0][0] == track.genre
    every = predictor.predict_waveform(noise(8))
    np.testing.assert_allclose(
        every.edges, [0, 1.496, 4.488, 8], atol=1e-9
    )  # passages of 2.992 s, centred on 0, 2.992 …
    np.testing.assert_allclose(every.probabilities, every.segments.mean(axis=0), atol=1e-6)  # as in the run's test

    encoded = []
    predictor.extractor.net.register_forward_hook(lambda _, inputs, __: encoded.append(len(inputs[0])))
    monkeypatch.setattr(explanation, "BANDS", 1)
    explanation.explain(predictor, noise(3))
    assert sum(encoded) == 2 + 1 + 3 + 3 + 1  # the whole; the segment, its cells, windows and band: each passage once

    stores = [FeatureStore.open(path.parent) for path in Path(cfg.cache).glob("*/store.json")]
    (store,) = [store for store in stores if store.settings.get("encoder") == "musicnn"]
    carried = configured(*words, f"data.store={store.path}")
    assert train(carried)["test/accuracy"] == metrics["test/accuracy"]
    with pytest.raises(UserError, match=r"encoder=null, but the store .* holds musicnn"):
        train(configured("model=dense", f"data.store={store.path}", "split=50/50"))
