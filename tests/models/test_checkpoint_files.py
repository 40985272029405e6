"""Checkpoints that survive kills, full disks and damage."""

import errno
import io
import os
from zipfile import ZipFile

import pytest
import torch

from gtzan.errors import UserError
from gtzan.models.checkpoint_files import LAST, PREVIOUS, checkpoint_to_resume, is_whole
from gtzan.models.checkpoint_io import AtomicCheckpointIO
from gtzan.models.checkpoints import read_checkpoint


@pytest.fixture
def folder(tmp_path):
    """With the checkpoints of epochs 0 and 1."""
    for epoch in range(2):
        AtomicCheckpointIO().save_checkpoint({"epoch": epoch, "weights": torch.rand(100)}, tmp_path / LAST)
    return tmp_path


def epoch_of(path) -> int:
    return torch.load(path, weights_only=True)["epoch"]


def test_the_last_checkpoint_and_the_one_before_are_kept(folder):
    assert (epoch_of(folder / LAST), epoch_of(folder / PREVIOUS)) == (1, 0)
    assert sorted(path.name for path in folder.iterdir()) == [LAST, PREVIOUS]
    assert checkpoint_to_resume(folder) == folder / LAST


def test_the_checkpoint_before_is_kept_on_a_disk_without_links(folder, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", no_links)
    AtomicCheckpointIO().save_checkpoint({"epoch": 2}, folder / LAST)
    assert (epoch_of(folder / LAST), epoch_of(folder / PREVIOUS)) == (2, 1)


@pytest.mark.parametrize("damage", ["torn", "flipped", "empty", "missing"])
def test_where_the_last_is_damaged_the_one_before_is_used_and_told(folder, damage, caplog):
    content = (folder / LAST).read_bytes()
    middle = content.index(b"/data/0") + 120  # within the weights
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    if damage == "missing":
        (folder / LAST).unlink()
    else:
        (folder / LAST).write_bytes({"torn": content[: len(content) // 2], "flipped": flipped, "empty": b""}[damage])
    assert epoch_of(checkpoint_to_resume(folder)) == 0
    assert "the one before" in caplog.text


def test_training_starts_from_the_beginning_where_no_checkpoint_can_be_read(folder, caplog):
    for name in (LAST, PREVIOUS):
        (folder / name).write_bytes(b"PK")
    assert checkpoint_to_resume(folder) is None
    assert "from the beginning" in caplog.text
    assert checkpoint_to_resume(folder / "nowhere") is None


def test_a_full_disk_leaves_the_last_checkpoint_and_says_why(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gtzan.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left") as told:
        AtomicCheckpointIO().save_checkpoint({"epoch": 2}, folder / LAST)
    assert told.value.errno == errno.ENOSPC
    assert epoch_of(folder / LAST) == 1
    assert sorted(path.name for path in folder.iterdir()) == [LAST, PREVIOUS]


def test_no_part_is_written_into_the_systems_folder_for_temporary_files(folder, monkeypatch):
    """Lightning's own writes there, and a move between file systems is a copy that a kill tears."""
    monkeypatch.setenv("TMPDIR", str(folder / "missing"))
    monkeypatch.setattr("tempfile.tempdir", None)
    AtomicCheckpointIO().save_checkpoint({"epoch": 2}, folder / LAST)
    assert is_whole(folder / LAST)


def test_a_checkpoint_is_read_as_data(tmp_path):
    class Program:
        def __reduce__(self):
            return io.open, (str(tmp_path / "written"), "w")

    torch.save(Program(), tmp_path / LAST)
    with pytest.raises(UserError, match="cannot be read as a checkpoint"):
        AtomicCheckpointIO().load_checkpoint(tmp_path / LAST)
    assert not (tmp_path / "written").exists()


def test_a_changed_bit_of_a_weight_is_noticed(folder):
    data = bytearray((folder / LAST).read_bytes())
    data[data.index(torch.load(folder / LAST)["weights"].numpy().tobytes())] ^= 1
    (folder / LAST).write_bytes(data)
    with pytest.raises(UserError, match="not a checkpoint"):
        read_checkpoint(folder / LAST)


def test_a_bit_that_makes_a_folder_of_a_member_changes_no_weights(folder):
    """torch would leave the weights of a member that the archive's directory calls a folder uninitialised."""
    path = folder / LAST
    expected = read_checkpoint(path)["weights"]
    content = bytearray(path.read_bytes())
    with ZipFile(path) as archive:
        (member,) = (m for m in archive.infolist() if m.filename.endswith("data/0"))
    entry = content.index(b"PK\x01\x02", archive.start_dir)
    while content[entry + 46 : entry + 46 + len(member.filename)] != member.filename.encode():
        entry = content.index(b"PK\x01\x02", entry + 4)
    content[entry + 38] |= 0x10  # external attributes, as MS-DOS has them: a directory
    path.write_bytes(content)
    assert torch.equal(read_checkpoint(path)["weights"], expected)
    assert torch.equal(AtomicCheckpointIO().load_checkpoint(path)["weights"], expected)
