"""Files are whole or not there, and JSON is valid JSON."""

import json
import math

import pytest

from gtzan.files import read_json, replace_atomically, write_atomically, write_json


def test_a_failed_write_keeps_the_old_content_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "metrics.json"
    write_atomically(path, "old")

    def disk_full(file):
        file.write(b"half of the new")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        replace_atomically(path, disk_full)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_of_as_many_letters_as_a_file_system_takes_can_be_written(tmp_path):
    write_atomically(tmp_path / ("a" * 255), "text")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["text"]


def test_text_of_undecodable_file_names_can_be_written(tmp_path):
    write_atomically(tmp_path / "a", b"caf\xe9".decode("utf-8", "surrogateescape"))
    assert (tmp_path / "a").read_text() == "caf\\udce9"


def test_json_never_holds_nan(tmp_path):
    write_json(tmp_path / "a.json", {"loss": math.nan, "rows": [(1.5, -math.inf)], "n": 3})

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    assert json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse) == {
        "loss": None,
        "rows": [[1.5, None]],
        "n": 3,
    }


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_reads_as_none(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "missing.json") is None
