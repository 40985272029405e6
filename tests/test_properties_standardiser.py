"""Whatever the features and the split: the standardiser is of the training tracks, and of nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.splits import Split
from gtzan.data.datamodule import GenreDataModule
from gtzan.data.segments import InOrder
from gtzan.data.store import FeatureStore
from gtzan.data.views import Frames, Statistics
from gtzan.models.classifier import Standardiser

COLUMNS = 4  # as of MFCCs, the last one constant
SETTINGS = {"sample_rate": 100, "hop_length": 10}  # ten frames a second
VIEWS = [Frames(), Statistics(("mfcc",)), Statistics(("mfcc",), ("mean", "std", "delta_std"))]


@st.composite
def stores(draw) -> tuple[FeatureStore, Split]:
    """Features in any units, and a split of the tracks, some of which are in no part."""
    parts = draw(st.permutations([*PARTS, *draw(st.lists(st.sampled_from(PARTS), max_size=4))])) * 2
    lengths = np.array(draw(st.lists(st.integers(10, 40), min_size=len(parts), max_size=len(parts))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = np.array(draw(st.lists(st.sampled_from([1e-3, 1.0, 3e3]), min_size=COLUMNS, max_size=COLUMNS)))
    frames = (rng.normal(draw(st.integers(-5, 5)), 1, (lengths.sum(), COLUMNS)) * scale).astype(np.float32)
    frames[:, -1] = draw(st.sampled_from([0.0, 1.0, -1e4, 0.1]))
    tracks = tuple(Track(f"{i}", "ab"[2 * i // len(parts)], Path(f"{i}")) for i in range(len(parts)))
    spans = {"mfcc": (0, COLUMNS)}
    corpus = Corpus("any", tracks, Path("."))
    store = FeatureStore(Path("."), corpus, frames, np.cumsum(lengths) - lengths, lengths, {}, SETTINGS, spans)
    return store, Split("any", *(np.flatnonzero(np.array(parts) == part) for part in PARTS[:3]))


PARTS = ("train", "test", "valid", "nowhere")


def module(store: FeatureStore, split: Split, view) -> GenreDataModule:
    return GenreDataModule(store, split, view, segment_seconds=0.5)


@given(stores(), st.sampled_from(VIEWS))
def test_training_columns_have_mean_0_and_deviation_1_and_constant_ones_are_0(drawn, view):
    data = module(*drawn, view)
    data.setup()
    standardiser = Standardiser(tuple(data.statistics()[0].shape))
    standardiser.fit(*data.statistics())
    x = torch.cat([data.train[which].x for which in InOrder(data.train.segments, 7)])
    z = standardiser(x).double()
    mean, std = z.mean(view.pooled_dims), z.std(view.pooled_dims, correction=0)
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-3, rtol=0)
    constant = (x.std(view.pooled_dims) < 1e-6 * x.abs().amax(view.pooled_dims).clamp_min(1e-3)).reshape(std.shape)
    assert constant.any()
    torch.testing.assert_close(std[~constant], torch.ones_like(std[~constant]), atol=1e-3, rtol=0)
    assert std[constant].max() < 1e-3
    assert torch.isfinite(standardiser(x * 10)).all()


@given(stores(), st.sampled_from(VIEWS), st.integers(0, 2**32))
def test_no_other_track_moves_it(drawn, view, seed):
    store, split = drawn
    outside = np.isin(np.repeat(np.arange(len(store.lengths)), store.lengths), split.train, invert=True)
    changed = store.frames.copy()
    changed[outside] = np.random.default_rng(seed).normal(0, 1e6, (outside.sum(), COLUMNS))
    before = module(store, split, view).statistics()
    after = module(replace(store, frames=changed), split, view).statistics()
    for a, b in zip(before, after, strict=True):
        assert torch.equal(a, b)
