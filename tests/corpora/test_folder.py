import os
import sys
import unicodedata

import numpy as np
import pytest
import soundfile

from gtzan.corpora.folder import folder_corpus
from gtzan.errors import UserError


def plant(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def table(root, text):
    path = root / "artists.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_folders_are_genres_and_files_at_any_depth_are_tracks(tmp_path):
    plant(tmp_path, "techno/a.mp3", "techno/album/disc 1/b.flac", "folk/c.WAV")
    corpus = folder_corpus(tmp_path)
    assert {track.name: track.genre for track in corpus.tracks} == {"a": "techno", "b": "techno", "c": "folk"}
    assert corpus.name == tmp_path.name
    assert corpus.default_split == "80/20"
    assert folder_corpus(tmp_path, name="Mine").name == "Mine"


def test_hidden_files_and_other_files_are_passed_over(tmp_path):
    plant(
        tmp_path, "a/1.wav", "b/2.wav", "a/.3.wav", "a/._1.wav", "a/.cache/4.wav", ".git/5.wav", "a/cover.jpg", "6.wav"
    )
    assert [track.name for track in folder_corpus(tmp_path).tracks] == ["1", "2"]


def test_audio_that_cannot_be_read_is_named(tmp_path, caplog, without_ffmpeg):
    plant(tmp_path, "a/1.wav", "b/2.wav", "b/3.m4a")
    assert len(folder_corpus(tmp_path).tracks) == 2
    assert ".m4a" in caplog.text


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["a/1.wav", "b/2.wav"], ["1", "2"]),
        (["a/1.wav", "b/1.wav"], ["a/1", "b/1"]),
        (["a/x/1.wav", "a/y/1.wav", "b/2.wav"], ["a/x/1", "a/y/1", "b/2"]),
        (["a/1.wav", "a/1.mp3", "b/1.wav"], ["a/1", "b/1"]),
        (["a/1.2.wav", "b/1.3.wav"], ["1.2", "1.3"]),
    ],
)
def test_names_are_as_short_as_they_can_be_told_apart(tmp_path, files, names):
    plant(tmp_path, *files)
    assert [track.name for track in folder_corpus(tmp_path).tracks] == names


@pytest.mark.parametrize("genre", ["drum 'n' bass", "フォーク", "<img src=x onerror=alert(1)>", "a,b;c", "50% ${x}"])
def test_any_folder_name_is_a_genre(tmp_path, genre):
    plant(tmp_path, f"{genre}/1.wav", "b/2.wav")
    assert genre in folder_corpus(tmp_path).genres


@pytest.mark.parametrize("key", ["1", "1.wav", "a/1", "a/1.wav", "./a/1.wav"])
@pytest.mark.parametrize("header", ["track,artist,title", "\ufefffile,artist,title"])
def test_a_table_gives_artists_by_any_name_of_the_track(tmp_path, key, header):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    groups = table(tmp_path, f"{header}\n{key},Ann,Song\n2,Bob,\n")
    corpus = folder_corpus(tmp_path, groups=groups)
    assert [(t.artist, t.group, t.title) for t in corpus.tracks] == [("Ann", "ann", "Song"), ("Bob", "bob", None)]
    assert corpus.default_split == "artist"


def test_a_table_in_the_folder_itself_is_found(tmp_path):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    table(tmp_path, "track,artist\n1,Ann\n2,Bob\n")
    assert folder_corpus(tmp_path, groups="artists.csv").default_split == "artist"


def test_a_group_may_be_wider_than_an_artist(tmp_path):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    groups = table(tmp_path, "track,artist,group\n1,Ann,family\n2,Bob,family\n")
    assert [(t.artist, t.group) for t in folder_corpus(tmp_path, groups).tracks] == [
        ("Ann", "family"),
        ("Bob", "family"),
    ]


def test_accents_match_however_they_are_stored(tmp_path):
    plant(tmp_path, unicodedata.normalize("NFD", "a/café.wav"), "b/2.wav")
    groups = table(tmp_path, unicodedata.normalize("NFC", "track,artist\ncafé,Zoé\n2,Bob\n"))
    assert folder_corpus(tmp_path, groups).default_split == "artist"


def test_spellings_of_an_artist_in_a_table_are_one_and_various_artists_are_none(tmp_path):
    plant(tmp_path, "a/1.wav", "b/2.wav", "b/3.wav")
    corpus = folder_corpus(
        tmp_path, groups=table(tmp_path, "track,artist\n1,The Band\n2,the  BAND\n3,Various Artists\n")
    )
    one, two, three = (track.group for track in corpus.tracks)
    assert one == two
    assert three is None
    assert corpus.default_split == "80/20"


def test_artists_are_not_kept_apart_where_some_are_unknown(tmp_path, caplog):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    corpus = folder_corpus(tmp_path, groups=table(tmp_path, "track,artist\n1,Ann\n"))
    assert corpus.default_split == "80/20"
    assert "1 of 2" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("track,artist\n1,Ann\n9,Bob\n", "not there: 9"),
        ("song,singer\n1,Ann\n", "columns track and artist.*song, singer"),
        ("track;artist\n1;Ann\n", "separated by commas"),
        ("", "columns track and artist"),
        ("track,artist\n1,Ann\na/1.wav,Bob\n", "two rows"),
        ("track,artist\n3.wav,Ann\n", "may mean a/3 or b/3"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, text, message):
    plant(tmp_path, "a/1.wav", "b/2.wav", *(["a/3.wav", "b/3.wav"] if "3.wav" in text else []))
    with pytest.raises(UserError, match=message):
        folder_corpus(tmp_path, groups=table(tmp_path, text))


def test_a_table_that_is_not_there_or_not_text_is_refused(tmp_path):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    with pytest.raises(UserError, match=r"nothing\.csv"):
        folder_corpus(tmp_path, groups="nothing.csv")
    (tmp_path / "artists.csv").write_bytes(b"track,artist\n1,\xff\xfe\n")
    with pytest.raises(UserError, match="UTF-8"):
        folder_corpus(tmp_path, groups="artists.csv")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "No audio file"),
        (["1.wav"], "holds audio files itself, in no genre's folder"),
        (["a/1.txt"], "No audio file"),
        (["a/1.wav"], "one genre"),
    ],
)
def test_too_little_music_is_refused(tmp_path, files, message):
    plant(tmp_path, *files)
    with pytest.raises(UserError, match=message):
        folder_corpus(tmp_path)


def test_a_missing_root_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"nowhere.*<genre>/<file>"):
        folder_corpus(tmp_path / "nowhere")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes no such names")
def test_a_name_that_no_table_could_hold_is_refused(tmp_path):
    plant(tmp_path, "a/1.wav", "b/2.wav", "b/" + os.fsdecode(b"\xff.wav"))
    with pytest.raises(UserError, match="UTF-8"):
        folder_corpus(tmp_path)


def test_a_track_in_two_formats_is_one_and_the_other_file_is_named(tmp_path, caplog):
    plant(tmp_path, "a/x.mp3", "a/x.FLAC", "a/y.wav", "b/sub/x.ogg", "b/other/x.ogg")
    corpus = folder_corpus(tmp_path, groups=table(tmp_path, "track,artist\na/x.mp3,Ann\n"))
    assert [track.name for track in corpus.tracks] == ["a/x", "a/y", "b/other/x", "b/sub/x"]
    assert corpus.tracks[0].path.suffix == ".FLAC"
    assert corpus.tracks[0].artist == "Ann"
    assert "another format: a/x.mp3" in caplog.text


def test_artists_are_taken_from_folders(tmp_path, caplog):
    caplog.set_level("INFO")
    plant(tmp_path, "a/Ann/x.wav", "a/ANN/album/y.wav", "b/Bob/album/z.wav", "b/w.wav")
    tracks = {track.name: track for track in folder_corpus(tmp_path, "folders").tracks}
    assert (tracks["x"].artist, tracks["z"].artist, tracks["w"].artist) == ("Ann", "Bob", None)
    assert tracks["x"].group == tracks["y"].group != tracks["z"].group
    assert "2 artists of 3 tracks, taken from the folders" in caplog.text


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_artists_are_taken_from_tags(tmp_path, suffix):
    for name, artist in (("a/x", "Zoé"), ("b/y", "Various Artists")):
        path = tmp_path / f"{name}.{suffix}"
        path.parent.mkdir()
        with soundfile.SoundFile(path, "w", 22050, 1) as file:
            file.artist, file.title = artist, "Song"
            file.write(np.zeros(22050))
    plant(tmp_path, "b/broken.wav")
    known, *others = sorted(folder_corpus(tmp_path, "tags").tracks, key=lambda track: track.genre)
    assert (known.artist, known.title) == ("Zoé", "Song")
    assert [track.artist for track in others] == [None, None]


@pytest.mark.parametrize("source", ["folders", "tags"])
def test_artists_that_are_nowhere_are_an_error(tmp_path, source):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    with pytest.raises(UserError, match=f"data.groups={source}: no file in"):
        folder_corpus(tmp_path, source)


def test_folders_numbered_like_fmas_are_warned_of_but_decades_are_not(tmp_path, caplog):
    plant(tmp_path / "decades", "1980/1.wav", "1990/2.wav")
    folder_corpus(tmp_path / "decades")
    assert not caplog.text
    plant(tmp_path / "fma", "000/000002.mp3", "001/001039.mp3", "155/155066.mp3")
    folder_corpus(tmp_path / "fma")
    assert "000, 001, 155 … are taken for genres" in caplog.text
