import errno
import os
from hashlib import sha256

import pytest

from gtzan.corpora import fingerprints as module
from gtzan.corpora.fingerprints import fingerprints
from gtzan.errors import UserError


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("gtzan.audio.retry.PAUSES", (0.0, 0.0))


@pytest.fixture
def song(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"sound")
    return tmp_path / "a.wav"


def test_a_file_is_told_by_its_content_and_read_only_once(song, tmp_path, monkeypatch):
    expected = [(5, sha256(b"sound").hexdigest())]
    assert fingerprints([song], tmp_path / "memory.json") == expected
    monkeypatch.setattr(module, "file_digest", lambda *_: pytest.fail("read again"))
    assert fingerprints([song], tmp_path / "memory.json") == expected


@pytest.mark.parametrize("damage", ["[1]", "{", '{"x": 5}', "null", '{"%s": [1, 2]}', '{"%s": [5, %d, %d, 7]}'])
def test_a_damaged_memory_is_no_memory(song, tmp_path, damage):
    if "%d" in damage:
        damage %= (song, song.stat().st_mtime_ns, song.stat().st_ino)
    elif "%s" in damage:
        damage %= song
    (tmp_path / "memory.json").write_text(damage)
    assert fingerprints([song], tmp_path / "memory.json")[0][1] == sha256(b"sound").hexdigest()


def test_a_memory_that_cannot_be_written_is_no_error(song, tmp_path, monkeypatch):
    def failing(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(module, "write_atomically", failing)
    assert fingerprints([song], tmp_path / "memory.json")


def test_what_comes_back_after_a_moment_is_read(song, tmp_path, monkeypatch):
    attempts, digest = [], module.file_digest

    def failing(*arguments):
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError(errno.EIO, "Input/output error")
        return digest(*arguments)

    monkeypatch.setattr(module, "file_digest", failing)
    assert fingerprints([song], tmp_path / "memory.json")[0][0] == 5


@pytest.mark.parametrize("kind", [lambda path: None, os.mkfifo, lambda path: path.symlink_to(path)])
def test_what_cannot_be_read_has_no_fingerprint(song, tmp_path, kind):
    kind(tmp_path / "b.wav")
    with pytest.raises(UserError, match=r"b\.wav cannot be read"):
        fingerprints([song, tmp_path / "b.wav"], tmp_path / "memory.json")
