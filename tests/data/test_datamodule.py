from dataclasses import replace

import numpy as np
import pytest
import torch

from gtzan.corpora.splits import Split, make_split
from gtzan.data.datamodule import GenreDataModule
from gtzan.data.views import Blocks, Frames, LogMels, Statistics
from gtzan.errors import UserError


def module(store, protocol="70/30", view=None, **arguments) -> GenreDataModule:
    split = protocol if isinstance(protocol, Split) else make_split(store.corpus, protocol)
    data = GenreDataModule(store, split, view or Frames(), segment_seconds=0.5, **arguments)
    data.setup()
    return data


def tracks_of(loader) -> set[int]:
    return {int(t) for batch in loader for t in batch.track}


@pytest.mark.parametrize("view", [LogMels(), Blocks()])
def test_mel_bands_are_refused_of_a_store_with_fewer_mfccs(tiny_store, view):
    """A store carried here may have other mel bands than the configuration assumes."""
    with pytest.raises(UserError, match="13 MFCCs of 128 mel bands"):
        module(tiny_store, view=view)


@pytest.mark.parametrize("hop", [None, 0.1])
@pytest.mark.parametrize("protocol", ["50/50", "70/30", "artist", "kfold"])
def test_no_track_lies_on_two_sides_however_it_is_cut(tiny_store, protocol, hop):
    split = make_split(tiny_store.corpus, protocol, folds=4 if protocol in ("artist", "kfold") else None)
    data = module(tiny_store, split, hop_seconds=hop)
    train, test = tracks_of(data.train_dataloader()), tracks_of(data.test_dataloader())
    assert train == set(split.train.tolist())
    assert test == set(split.test.tolist())
    assert not train & test


def test_labels_are_those_of_the_tracks_and_frames_those_of_the_store(tiny_store):
    data = module(tiny_store)
    corpus = tiny_store.corpus
    batch = next(iter(data.train_dataloader()))
    assert [corpus.genres[y] for y in batch.y] == [corpus.tracks[t].genre for t in batch.track]
    first = next(iter(data.test_dataloader()))
    start = tiny_store.offsets[first.track[0]]
    expected = tiny_store.frames[start : start + data.segment_frames, :13]
    np.testing.assert_array_equal(first.x[0, 0].T, expected)


def test_the_feature_matrix_has_means_and_deviations_of_every_feature(tiny_store):
    batch = next(iter(module(tiny_store, view=Statistics(statistics=("mean", "std"))).test_dataloader()))
    start = tiny_store.offsets[batch.track[0]]
    frames = np.array(tiny_store.frames[start : start + module(tiny_store).segment_frames])
    expected = np.concatenate([frames.mean(0), frames.std(0)])
    np.testing.assert_allclose(batch.x[0], expected, rtol=1e-3, atol=1e-3)
    assert batch.x.shape[1] == 2 * tiny_store.frames.shape[1]


def test_features_come_in_the_order_they_are_named(tiny_store):
    data = module(tiny_store, view=Frames(features=("zero_crossing_rate", "mfcc")))
    batch = next(iter(data.test_dataloader()))
    start = tiny_store.offsets[batch.track[0]]
    np.testing.assert_array_equal(batch.x[0, 0, 0], tiny_store.frames[start : start + data.segment_frames, -1])


def test_the_standardiser_knows_training_tracks_only(tiny_store):
    split = make_split(tiny_store.corpus, "70/30")
    mean, std = module(tiny_store, split, Statistics()).statistics()
    data = module(tiny_store, split, Statistics())
    x = torch.cat([b.x for b in data.train_dataloader()]).double()
    torch.testing.assert_close(mean.double(), x.mean(0), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(std.double(), x.std(0, correction=0), rtol=1e-3, atol=1e-4)
    swapped = Split("swapped", split.test, split.train)
    assert not torch.allclose(mean, module(tiny_store, swapped, Statistics()).statistics()[0])


def test_a_constant_feature_stays_finite(tiny_store):
    mean, std = module(tiny_store, view=Statistics(features=("mfcc",), statistics=("mean",))).statistics()
    assert (std > 0).all()
    assert torch.isfinite(mean).all()


def test_training_order_does_not_depend_on_workers(tiny_store):
    plain = [b.track.tolist() for b in module(tiny_store, seed=3).train_dataloader()]
    with_workers = [b.track.tolist() for b in module(tiny_store, seed=3, num_workers=2).train_dataloader()]
    assert plain == with_workers


def test_two_part_splits_choose_nothing_and_three_part_splits_do(tiny_store):
    assert not module(tiny_store).chooses
    index = np.arange(len(tiny_store.corpus.tracks))
    three = Split("three", index[index % 4 < 2], index[index % 4 == 3], index[index % 4 == 2])
    data = module(tiny_store, three)
    assert data.chooses
    assert tracks_of(data.val_dataloader()) == set(three.valid.tolist())


def test_prediction_meets_every_track(tiny_store):
    assert tracks_of(module(tiny_store).predict_dataloader()) == set(range(len(tiny_store.corpus.tracks)))


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"hop_seconds": -1}, {"segments_per_track": 0}])
def test_numbers_that_make_no_sense_are_named(tiny_store, wrong):
    with pytest.raises(UserError, match=f"{next(iter(wrong))}=.* must be greater than 0"):
        module(tiny_store, **wrong)


def test_balanced_weights_are_of_the_usable_training_tracks(tiny_store):
    lengths = tiny_store.lengths.copy()
    lengths[:2] = 0  # of bass, as if broken
    split = Split("uneven", np.arange(0, 20), np.arange(20, 24))  # 8, 8 and 4 tracks
    weights = module(replace(tiny_store, lengths=lengths), split, segments_per_track=1).class_weights()
    assert weights == pytest.approx([18 / (3 * 6), 18 / (3 * 8), 18 / (3 * 4)])


def test_balanced_weights_are_of_the_segments_that_an_epoch_draws(tiny_store):
    split = Split("all", np.arange(0, 20), np.arange(20, 24))
    longer = tiny_store.lengths.copy()
    longer[8:] //= 2  # tracks of bass are twice as long as the others
    store = replace(tiny_store, lengths=longer)
    for per_track in (None, 1):
        data = module(store, split, segments_per_track=per_track)
        weights, genre = np.array(data.class_weights()), np.repeat([0, 1, 2], 8)
        drawn = np.bincount(genre[np.concatenate([b.track for b in data.train_dataloader()])], minlength=3)
        assert weights * drawn == pytest.approx(drawn.sum() / 3)


def test_a_genre_whose_training_tracks_are_broken_is_refused_and_one_without_test_tracks_named(tiny_store, caplog):
    split = make_split(tiny_store.corpus, "50/50")
    bass = np.array([track.genre == "bass" for track in tiny_store.corpus.tracks])
    for part, tracks in (("train", split.train), ("test", split.test)):
        lengths = tiny_store.lengths.copy()
        lengths[tracks[bass[tracks]]] = 0
        store = replace(tiny_store, lengths=lengths)
        if part == "train":
            with pytest.raises(UserError, match="every training track of bass is broken"):
                module(store, split)
        else:
            module(store, split)
            assert "no usable test track of bass" in caplog.text
