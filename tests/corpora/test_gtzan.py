from collections import Counter, defaultdict

import pytest

from gtzan.corpora.gtzan import GENRES, gtzan_corpus, gtzan_table
from gtzan.errors import UserError


def plant(root, suffix=".wav", tracks=None):
    """An empty file per track: a corpus is found by names alone."""
    for track in tracks or gtzan_table():
        path = root / track.split(".")[0] / f"{track}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("gtzan")
    plant(root / "genres_original")
    return gtzan_corpus(root)


def test_all_tracks_and_genres_are_there(whole):
    assert whole.genres == GENRES
    assert Counter(track.genre for track in whole.tracks) == dict.fromkeys(GENRES, 100)
    assert [track.name for track in whole.tracks] == sorted(track.name for track in whole.tracks)
    assert all(track.path.is_file() and track.path.stem == track.name for track in whole.tracks)
    assert (whole.name, whole.default_split, whole.synthetic) == ("GTZAN", "fault_filtered", False)


def test_the_fault_filtered_split_is_the_published_one(whole):
    parts = Counter(track.published.get("fault_filtered") for track in whole.tracks)
    assert parts == {"train": 443, "valid": 197, "test": 290, None: 70}


def test_no_artist_is_in_two_parts_of_the_fault_filtered_split(whole):
    parts = defaultdict(set)
    for track in whole.tracks:
        if track.artist and "fault_filtered" in track.published:
            parts[track.artist].add(track.published["fault_filtered"])
    assert all(len(part) == 1 for part in parts.values())


def test_artist_folds_keep_artist_groups_apart(whole):
    folds = defaultdict(set)
    for track in whole.tracks:
        if "artist" in track.published:
            folds[track.group].add(track.published["artist"])
    assert all(len(fold) == 1 for fold in folds.values())
    assert None not in folds
    assert Counter(track.published.get("artist") for track in whole.tracks) == {0: 315, 1: 316, 2: 317, None: 52}


def test_artist_and_title_are_known(whole):
    track = whole.tracks[0]
    assert (track.name, track.artist, track.title) == (
        "blues.00000",
        "John Lee Hooker",
        "One Bourbon, One Scotch And One Beer",
    )


@pytest.mark.parametrize("layout", [".", "genres", "genres_original", "Data/genres_original"])
@pytest.mark.parametrize("suffix", [".au", ".FLAC", ".ogg", ".mp3"])
def test_every_layout_and_format_is_found(tmp_path, layout, suffix):
    plant(tmp_path / layout, suffix, ["blues.00000", "rock.00099"])
    assert [track.name for track in gtzan_corpus(tmp_path, name="mine").tracks] == ["blues.00000", "rock.00099"]


def test_a_partial_copy_is_said_to_be_one(tmp_path, caplog):
    plant(tmp_path, tracks=["blues.00000", "rock.00099"])
    gtzan_corpus(tmp_path)
    assert "2 of GTZAN's 1000" in caplog.text


def test_files_that_are_no_tracks_are_left_out_and_named(tmp_path, caplog, without_ffmpeg):
    plant(tmp_path, tracks=["blues.00000", "rock.00099"])
    for stray in ("blues/song.wav", "blues/rock.00001.wav", "rock/rock.00001.m4a"):
        (tmp_path / stray).touch()
    for passed_over in ("blues/._blues.00001.wav", "blues/cover.jpg", "features.csv"):
        (tmp_path / passed_over).touch()
    assert len(gtzan_corpus(tmp_path).tracks) == 2
    assert "3 files" in caplog.text
    assert all(name in caplog.text for name in ("song.wav", "rock.00001.wav", "rock.00001.m4a"))


def test_of_two_formats_the_lossless_one_is_taken_and_the_other_named(tmp_path, caplog):
    plant(tmp_path, ".mp3", ["blues.00000", "rock.00099"])
    plant(tmp_path, ".wav", ["blues.00000"])
    assert [track.path.suffix for track in gtzan_corpus(tmp_path).tracks] == [".wav", ".mp3"]
    assert "blues.00000.mp3" in caplog.text


def test_a_missing_root_is_named_with_the_way_to_get_gtzan(tmp_path):
    with pytest.raises(UserError, match=r"nowhere.*genres_original/.*gtzan data fetch"):
        gtzan_corpus(tmp_path / "nowhere")


def test_other_music_is_sent_to_the_folder_corpus(tmp_path):
    with pytest.raises(UserError, match="data=folder"):
        gtzan_corpus(tmp_path)
    (tmp_path / "blues").mkdir()
    (tmp_path / "blues" / "mine.wav").touch()
    with pytest.raises(UserError, match="data=folder"):
        gtzan_corpus(tmp_path)
