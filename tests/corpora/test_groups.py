"""Which tracks belong together."""

from pathlib import Path

import numpy as np

from gtzan.corpora.corpus import Track
from gtzan.corpora.groups import artists_of, connected, members_of, recordings_of


def track(group: str | None, recording: str | None) -> Track:
    return Track("name", "blues", Path("name.wav"), group=group, recording=recording)


TRACKS = (
    track("Ann", "a"),
    track("Bob", "b"),
    track(None, "a"),
    track("Bob", None),
    track(None, None),
    track("Ann", "b"),
)


def test_a_group_has_the_number_of_its_first_track():
    assert recordings_of(TRACKS).tolist() == [0, 1, 0, 3, 4, 1]


def test_artists_are_connected_through_recordings_and_unknown_ones_stay_apart():
    assert artists_of(TRACKS[:5]).tolist() == [0, 1, 0, 1, 4]
    assert artists_of(TRACKS).tolist() == [0, 0, 0, 0, 4, 0]  # Ann and Bob share a recording


def test_members_are_ascending():
    members = members_of(recordings_of(TRACKS))
    assert {number: tracks.tolist() for number, tracks in members.items()} == {0: [0, 2], 1: [1, 5], 3: [3], 4: [4]}
    assert members_of(np.array([], dtype=int)) == {}


def test_connections_pass_through_others_whatever_their_order():
    assert connected(6, [(4, 5), (3, 2), (5, 2)]).tolist() == [0, 1, 2, 2, 2, 2]
    assert connected(0, []).tolist() == []
