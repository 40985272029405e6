"""However long tracks and segments are: what segments cover, and who meets them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gtzan.data.segments import EpochOrder, InOrder, Segments

LENGTHS = st.lists(st.integers(0, 120) | st.integers(0, 3), min_size=1, max_size=12).map(np.array)
FRAMES = st.integers(1, 50)


@given(LENGTHS, FRAMES, FRAMES, st.data())
def test_segments_are_as_many_as_fit_and_stay_within_their_track(lengths, length, hop, data):
    tracks = np.array(data.draw(st.lists(st.sampled_from(range(len(lengths))), unique=True)), dtype=np.int64)
    segments = Segments.of(tracks, lengths, length, hop)
    offsets = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(lengths)), lengths)  # of each row of a store
    rows = segments.rows(np.arange(len(segments)), offsets, lengths)
    assert rows.shape == (len(segments), length)
    assert (owner[rows] == segments.track[:, None]).all()
    for track in range(len(lengths)):
        start, n = segments.start[segments.track == track], lengths[track]
        if track not in tracks or not n:
            assert not len(start)
            continue
        expected = 1 if n < length else 1 + (n - length) // hop
        assert start.tolist() == [i * hop for i in range(expected)]
        if n >= length:
            assert start[-1] + length <= n < start[-1] + hop + length
            inside = rows[segments.track == track] - offsets[track]
            assert (inside == start[:, None] + np.arange(length)).all()
        if hop <= length:  # no frame between two segments is left out
            seen = np.unique(rows[segments.track == track])
            assert len(seen) == min(n, start[-1] + length)


@st.composite
def cut(draw) -> Segments:
    lengths = draw(LENGTHS)
    return Segments.of(np.arange(len(lengths)), lengths, draw(FRAMES), draw(FRAMES))


@given(cut(), st.integers(1, 70), st.integers(0, 3), st.none() | st.integers(1, 5), st.integers(0, 2))
def test_an_epoch_meets_each_segment_or_equally_many_of_each_track(segments, batch_size, seed, per_track, epoch):
    order = EpochOrder(segments, batch_size, seed, per_track)
    order.set_epoch(epoch)
    batches = [batch.tolist() for batch in order]
    assert len(batches) == len(order)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    met = [i for batch in batches for i in batch]
    assert len(set(met)) == len(met) == order.total
    track, counts = np.unique(segments.track, return_counts=True)
    drawn = counts if per_track is None else np.minimum(counts, per_track)
    assert np.array_equal(np.unique(segments.track[met], return_counts=True), [track, drawn]) or not len(track)
    again = EpochOrder(segments, batch_size, seed, per_track)
    again.set_epoch(epoch)
    assert [batch.tolist() for batch in again] == batches


@given(cut(), st.integers(1, 70), st.integers(1, 4))
def test_processes_that_share_meet_together_what_one_alone_meets(segments, batch_size, processes):
    alone = list(EpochOrder(segments, batch_size, seed=0))
    shared = [list(EpochOrder(segments, batch_size, seed=0, rank_and_size=(i, processes))) for i in range(processes)]
    for together, *parts in zip(alone, *shared, strict=True):
        assert sorted(together) == sorted(i for part in parts for i in np.ma.compressed(part))  # each counted once
        assert len({len(part) for part in parts}) == 1  # so that the mean of their gradients is the batch's
    in_order = [list(InOrder(segments, batch_size, (i, processes))) for i in range(processes)]
    met = [i for batches in in_order for batch in batches for i in np.ma.compressed(batch)]
    assert sorted(met) == list(range(len(segments)))
    assert all(batches or not len(segments) for batches in in_order)
