import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from gtzan.cli.main import main
from gtzan.cli.serving import predictions, uploads


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """An empty folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_an_upload_is_predicted_as_its_file_is(ask, tiny_run, tiny_corpus, capsys):
    song = tiny_corpus.tracks[0].path
    status, answer = ask("POST", "/predictions?suffix=.WAV", song.read_bytes())
    assert status == 200
    assert main(["predict", str(song), "--model", str(tiny_run), "--json", "--timeline"]) == 0
    (expected,) = json.loads(capsys.readouterr().out)["files"]
    assert {genre: round(p, 6) for genre, p in answer["genres"]} == expected["probabilities"]
    assert answer["genres"][0][0] == expected["prediction"]
    assert [round(part["end"], 3) for part in answer["segments"]] == [part["end"] for part in expected["segments"]]
    assert not answer["unknown"]


def test_what_speaks_for_a_genre_is_drawn_and_heard(ask, tiny_corpus, monkeypatch):
    monkeypatch.setattr(predictions, "EXPLAINED", 1)
    content = tiny_corpus.tracks[0].path.read_bytes()
    status, answer = ask("POST", "/explanations?genre=bass&start=0.5", content)
    assert status == 200
    assert answer["picture"].startswith("data:image/webp;base64,")
    assert answer["sound"].startswith("data:audio/")


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("genre=../x&start=0", 422, "The model knows no genre ../x"),
        ("start=0", 422, "The model knows no genre"),
        ("genre=bass&start=-1", 422, "no passage that begins at -1 s"),
        ("genre=bass&start=1e308", 422, "no passage that begins at 1e+308 s"),
        ("genre=bass&start=nan", 422, "no passage that begins at nan s"),
        ("genre=bass&start=x", 400, "start is a time in seconds"),
    ],
)
def test_what_cannot_be_explained_is_named(ask, tiny_corpus, query, status, message):
    found, answer = ask("POST", f"/explanations?{query}", tiny_corpus.tracks[0].path.read_bytes())
    assert found == status
    assert message in answer["error"]


@pytest.mark.parametrize("suffix", ["", ".wav", "/../../../etc/passwd", "/etc/cron.d/x.wav", ".wav/../x", "%00.wav"])
def test_the_temporary_files_name_is_ours(ask, tiny_corpus, temporary, monkeypatch, suffix):
    read = uploads.read_upload
    paths = []
    monkeypatch.setattr(predictions, "read_upload", lambda path, rate: paths.append(path) or read(path, rate))
    status, _ = ask("POST", f"/predictions?suffix={suffix}", tiny_corpus.tracks[0].path.read_bytes())
    assert status == 200
    (path,) = paths
    assert path.name == "upload.wav"
    assert path.parent.parent == temporary
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_too_many_bytes_are_refused(ask, temporary, monkeypatch, chunked):
    monkeypatch.setattr(uploads, "MAX_BYTES", 1_000_000)
    body = iter([bytes(600_000)] * 2) if chunked else bytes(1_200_000)
    status, answer = ask("POST", "/predictions", body)
    assert (status, answer) == (413, {"error": "larger than 1 MB"})
    assert list(temporary.iterdir()) == []


def test_too_many_seconds_are_refused_however_few_bytes_they_are(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_SECONDS", 60)
    soundfile.write(tmp_path / "long.flac", np.zeros(8000 * 61, np.int16), 8000)
    status, answer = ask("POST", "/predictions", (tmp_path / "long.flac").read_bytes())
    assert (status, answer) == (422, {"error": "longer than 1 minutes"})


@pytest.mark.parametrize(("name", "content"), [("x.mp3", b"no audio"), ("x.wav", b""), ("x.txt", b"no audio at all")])
def test_a_broken_file_gets_the_sentence_of_predict(ask, tiny_run, tmp_path, capsys, name, content):
    (tmp_path / name).write_bytes(content)
    status, answer = ask("POST", f"/predictions?suffix={Path(name).suffix}", content)
    assert status == 422
    assert main(["predict", str(tmp_path / name), "--model", str(tiny_run)]) == 1
    assert f"{name}: {answer['error']}\n" in capsys.readouterr().err


def test_silence_has_no_genre(ask, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(22050), 22050)
    status, answer = ask("POST", "/predictions", (tmp_path / "silent.wav").read_bytes())
    assert (status, answer) == (422, {"error": "silent: nothing above -80 dB"})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": ' * 150, b"\xff", b'{"genre": "' + b"x" * 2000 + b'"}'])
def test_a_request_that_is_no_small_object_is_refused(ask, body):
    assert ask("POST", "/music", body)[0] in (400, 413)
