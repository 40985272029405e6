import os
import subprocess

import numpy as np
import pytest
import soundfile

from gtzan.audio.formats import ffmpeg
from gtzan.audio.tags import read_genres, require_mutagen, write_genres
from gtzan.errors import UserError

FORMATS = ("mp3", "flac", "ogg", "wav", "aiff")


@pytest.fixture(params=FORMATS)
def song(request, tmp_path):
    path = tmp_path / f"song.{request.param}"
    soundfile.write(path, np.sin(np.arange(4410) / 10).astype(np.float32) / 4, 22050)
    return path


def test_genres_are_written_read_and_removed_and_the_sound_stays(song):
    os.chmod(song, 0o640)
    before, _ = soundfile.read(song)
    assert read_genres(song) == []
    for genres in (["Hip-hop", "演歌"], ["metal"], []):
        write_genres(song, genres)
        assert read_genres(song) == genres
    np.testing.assert_array_equal(soundfile.read(song)[0], before)
    assert song.stat().st_mode & 0o777 == 0o640
    assert len(list(song.parent.iterdir())) == 1


def test_a_file_that_is_known_by_its_name_alone_can_be_written(tmp_path):
    path = tmp_path / "song.mp3"
    soundfile.write(path, np.sin(np.arange(22050) / 10).astype(np.float32) / 4, 22050)
    path.write_bytes(bytes(300) + path.read_bytes())  # no frame where one is looked for
    write_genres(path, ["metal"])
    assert read_genres(path) == ["metal"]


def test_other_tags_and_the_version_of_id3_stay(tmp_path):
    from mutagen.id3 import ID3, TCON, TIT2, TYER

    path = tmp_path / "song.mp3"
    soundfile.write(path, np.zeros(4410), 22050)
    tags = ID3()
    for frame in (TIT2(encoding=1, text="A song"), TYER(encoding=0, text="1999"), TCON(encoding=0, text="(17)")):
        tags.add(frame)
    tags.save(path, v2_version=3)
    assert read_genres(path) == ["Rock"]
    write_genres(path, ["jazz"])
    found = ID3(path)
    assert found.version == (2, 3, 0)
    assert (str(found["TIT2"]), str(found["TDRC"])) == ("A song", "1999")


def test_several_values_and_old_frames_of_id3_stay_and_the_genre_can_be_taken_back(tmp_path):
    from mutagen.id3 import ID3, TCON, TPE1, TRDA

    path = tmp_path / "song.mp3"
    soundfile.write(path, np.zeros(4410), 22050)
    tags = ID3()
    frames = (
        TPE1(encoding=1, text=["Simon", "Garfunkel"]),
        TCON(encoding=1, text=["Rock", "Folk"]),
        TRDA(encoding=0, text="May"),
    )
    for frame in frames:
        tags.add(frame)
    tags.save(path, v2_version=3, v23_sep=None)
    before = ID3(path, translate=False)
    assert {"TPE1", "TCON", "TRDA"} <= before.keys()
    write_genres(path, ["jazz"])
    changed = ID3(path, translate=False)
    assert changed.keys() == before.keys()
    assert changed["TPE1"].text == ["Simon", "Garfunkel"]
    assert read_genres(path) == ["jazz"]
    write_genres(path, ["Rock", "Folk"])
    assert read_genres(path) == ["Rock", "Folk"]


@pytest.mark.skipif(ffmpeg() is None, reason="only ffmpeg writes WMA")
def test_the_genre_of_wma_is_the_one_that_players_read(tmp_path):
    from mutagen.asf import ASF

    soundfile.write(wav := tmp_path / "song.wav", np.zeros(4410), 22050)
    path = tmp_path / "song.wma"
    subprocess.run([ffmpeg(), "-loglevel", "error", "-i", wav, "-metadata", "genre=Rock", path], check=True)
    assert read_genres(path) == ["Rock"]
    write_genres(path, ["jazz"])
    assert read_genres(path) == ["jazz"]
    assert [str(value) for value in ASF(path)["WM/Genre"]] == ["jazz"]


@pytest.mark.parametrize("content", [b"no audio at all", b"", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(50)])
def test_what_has_no_readable_tags_is_named(tmp_path, content):
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    for use in (read_genres, lambda path: write_genres(path, ["jazz"])):
        with pytest.raises(UserError, match=r"song\.mp3: .*tags"):
            use(path)
    assert path.read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 1


def test_the_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr("gtzan.audio.tags.find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"pip install 'gtzan\[tags\]'"):
        require_mutagen("--write-tags")
