import os

import pytest

from gtzan.cli.main import main
from gtzan.corpora.check import check_corpus
from gtzan.corpora.folder import folder_corpus
from gtzan.corpora.walk import audio_files, genre_files
from gtzan.errors import UserError
from tests.conftest import write_tone
from tests.corpora.test_folder import plant


def test_linked_albums_are_followed_and_each_folder_is_taken_once(tmp_path):
    plant(tmp_path, "library/rock/x/1.wav", "library/rock/x/2.wav", "library/pop/3.wav")
    root = tmp_path / "music"
    for link, target in (("rock/x", "rock/x"), ("rock/again", "rock/x"), ("pop", "pop")):
        (root / link).parent.mkdir(parents=True, exist_ok=True)
        (root / link).symlink_to(tmp_path / "library" / target)
    assert [track.name for track in folder_corpus(root).tracks] == ["1", "2", "3"]


def test_links_in_a_circle_end(tmp_path):
    plant(tmp_path, "a/x/1.wav", "b/2.wav")
    (tmp_path / "a" / "x" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "x" / "here").symlink_to(".")
    (tmp_path / "b" / "self").symlink_to("self")
    assert [track.name for track in folder_corpus(tmp_path).tracks] == ["1", "2"]


def special_files(folder):
    os.mkfifo(folder / "fifo.wav")
    (folder / "device.mp3").symlink_to("/dev/zero")
    (folder / "self.flac").symlink_to("self.flac")
    (folder / "gone.flac").symlink_to("nowhere.flac")
    (folder / "folder.wav").symlink_to(folder / "fifo.wav")
    return {"fifo.wav", "device.mp3", "self.flac", "gone.flac", "folder.wav"}


def test_what_is_no_regular_file_is_named_and_never_opened(tmp_path, caplog, capsys):
    for name in ("a/1.wav", "b/2.wav"):
        write_tone(tmp_path / name, 440, 0.5, seed=len(name))
    names = special_files(tmp_path / "a")
    assert {path.name for path in audio_files(tmp_path / "a").left_out} == names
    assert len(folder_corpus(tmp_path).tracks) == 2
    assert {fault.track for fault in check_corpus(tmp_path).faults if fault.kind == "unused"} == {
        f"a/{name}" for name in names
    }
    assert main(["features", "build", str(tmp_path), "--to", str(tmp_path / "stores")]) == 0
    assert all(name in caplog.text for name in names)


def test_what_cannot_be_read_is_named_with_the_way_out(tmp_path, caplog, without_ffmpeg):
    plant(tmp_path, "a/1.wav", "b/2.wav", "b/3.m4a", "b/4.mka", "b/cover")
    (tmp_path / "b" / "song").write_bytes(b"fLaC" + bytes(100))
    folder_corpus(tmp_path)
    assert "3.m4a" in caplog.text
    assert "4.mka" in caplog.text
    assert "install ffmpeg or convert to .flac" in caplog.text
    assert "b/song" in caplog.text
    assert "rename it to end in .flac" in caplog.text
    assert "cover" not in caplog.text


def test_a_genre_of_files_that_cannot_be_read_does_not_vanish(tmp_path, without_ffmpeg):
    plant(tmp_path, "a/1.wav", "b/2.wav", "c/3.m4a")
    with pytest.raises(UserError, match=r"genre c .*c/3\.m4a.*install ffmpeg"):
        folder_corpus(tmp_path)


def test_a_genre_that_is_a_link_to_a_disk_that_is_away_does_not_vanish(tmp_path):
    plant(tmp_path, "a/1.wav", "b/2.wav")
    (tmp_path / "c").symlink_to("/nowhere/c")
    with pytest.raises(UserError, match=r"genre c .*a link that leads nowhere"):
        folder_corpus(tmp_path)


def test_a_folder_that_does_not_answer_stops(tmp_path, monkeypatch):
    plant(tmp_path, "a/1.wav", "b/x/2.wav")
    scandir = os.scandir

    def failing(path):
        if str(path).endswith("x"):
            raise OSError(5, "Input/output error", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(UserError, match=r"b/x cannot be read \(input/output error\)"):
        genre_files(tmp_path)
