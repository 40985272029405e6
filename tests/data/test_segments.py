import numpy as np
import pytest

from gtzan.data.segments import EpochOrder, InOrder, Segments

LENGTHS = np.array([100, 0, 25, 64])  # frames of four tracks, the second one broken
OFFSETS = np.cumsum(LENGTHS) - LENGTHS
TRACKS = np.arange(4)


def test_evaluation_segments_do_not_overlap_and_stay_within_their_track():
    segments = Segments.of(TRACKS, LENGTHS, length=30, hop=30)
    assert list(zip(segments.track, segments.start, strict=True)) == [(0, 0), (0, 30), (0, 60), (2, 0), (3, 0), (3, 30)]


def test_a_track_shorter_than_a_segment_is_repeated_from_its_beginning():
    segments = Segments.of(TRACKS, LENGTHS, length=30, hop=30)
    rows = segments.rows(np.array([3]), OFFSETS, LENGTHS)[0] - OFFSETS[2]
    assert rows.tolist() == [*range(25), 0, 1, 2, 3, 4]


def test_rows_are_those_of_the_right_track():
    segments = Segments.of(TRACKS, LENGTHS, length=30, hop=30)
    rows = segments.rows(np.arange(len(segments)), OFFSETS, LENGTHS)
    for track, row in zip(segments.track, rows, strict=True):
        assert OFFSETS[track] <= row.min() <= row.max() < OFFSETS[track] + LENGTHS[track]


@pytest.fixture
def many():
    return Segments.of(np.arange(7), np.full(7, 100), length=10, hop=5)


def epoch(order: EpochOrder, number: int) -> list[list[int]]:
    order.set_epoch(number)
    return [batch.tolist() for batch in order]


def test_the_order_is_a_function_of_seed_and_epoch_alone(many):
    order, other = EpochOrder(many, 8, seed=0), EpochOrder(many, 8, seed=0)
    epoch(other, 5), epoch(other, 1)
    assert epoch(order, 3) == epoch(other, 3)
    assert epoch(order, 3) != epoch(order, 4)
    assert epoch(order, 3) != epoch(EpochOrder(many, 8, seed=1), 3)


def test_an_epoch_meets_every_segment_once(many):
    batches = epoch(EpochOrder(many, 8, seed=0), 0)
    assert sorted(i for b in batches for i in b) == list(range(len(many)))
    assert len(batches) == len(EpochOrder(many, 8, seed=0))
    assert {len(b) for b in batches[:-1]} == {8}


def test_an_epoch_draws_the_same_number_of_each_track_and_others_the_next_time(many):
    order = EpochOrder(many, 8, seed=0, per_track=3)
    first, second = ([i for b in epoch(order, n) for i in b] for n in (0, 1))
    for drawn in (first, second):
        assert len(set(drawn)) == len(drawn) == 21
        assert np.bincount(many.track[drawn]).tolist() == [3] * 7
    assert set(first) != set(second)
    assert len(order) == 3


def test_a_track_with_fewer_segments_than_drawn_gives_all_of_them():
    segments = Segments.of(np.arange(2), np.array([10, 100]), length=10, hop=10)
    order = EpochOrder(segments, 4, seed=0, per_track=5)
    drawn = [i for b in order for i in b]
    assert np.bincount(segments.track[drawn]).tolist() == [1, 5]
    assert len(list(order)) == len(order)


def test_in_order_is_in_order(many):
    order = InOrder(many, 50)
    assert np.concatenate(list(order)).tolist() == list(range(len(many)))
    assert len(list(order)) == len(order)
