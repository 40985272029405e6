import json
import shutil

import pytest

from gtzan.cli.main import main
from gtzan.models import embeddings
from tests.conftest import write_tone


def test_songs_of_the_same_sound_come_first(tiny_run, tiny_corpus, tmp_path, capsys):
    song = tmp_path / "song.wav"
    write_tone(song, 110, 2, seed=5)
    words = ["similar", str(song), "--in", str(tiny_corpus.root), "--model", str(tiny_run), "-n", "4"]
    assert main([*words, "--json", "--cache", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["similar"]) == 4
    assert all("bass" in entry["file"] for entry in document["similar"])
    assert main([*words, "--cache", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("bass.0") == 4


def test_embeddings_are_made_once_for_each_content_and_damage_is_mended(tiny_run, tmp_path, capsys, monkeypatch):
    for i in range(3):
        write_tone(tmp_path / "songs" / f"{i}.wav", 110 * (i + 1), 0.6, seed=i)
    (tmp_path / "songs" / "broken.wav").write_bytes(b"no audio")
    made = []
    embed = embeddings.embed_file
    monkeypatch.setattr(embeddings, "embed_file", lambda predictor, path: made.append(path) or embed(predictor, path))
    words = ["similar", str(tmp_path / "songs" / "0.wav"), "--in", str(tmp_path / "songs"), "--model", str(tiny_run)]
    for expected in (4, 1):  # what is broken is tried again
        made.clear()
        assert main([*words, "--cache", str(tmp_path)]) == 1
        assert len(made) == expected
        assert "broken.wav" in capsys.readouterr().err
    (memory,) = tmp_path.glob("embeddings-*.npz")
    memory.write_bytes(memory.read_bytes()[:100])
    made.clear()
    assert main([*words, "--cache", str(tmp_path)]) == 1
    assert len(made) == 4
    monkeypatch.setattr(embeddings, "code_digest", lambda modules: "other code")
    made.clear()
    assert main([*words, "--cache", str(tmp_path)]) == 1
    assert len(made) == 4


def test_a_single_track_is_like_nothing(tiny_run, tiny_corpus, tmp_path, capsys):
    (tmp_path / "songs").mkdir()
    shutil.copy(tiny_corpus.tracks[0].path, tmp_path / "songs")
    words = ["similar", str(tiny_corpus.tracks[0].path), "--in", str(tmp_path / "songs"), "--model", str(tiny_run)]
    assert main([*words, "--cache", str(tmp_path)]) == 2
    assert "relative to two or more" in capsys.readouterr().err.splitlines()[-1]


def test_an_interruption_keeps_the_embeddings_that_are_made(tiny_run, tmp_path, monkeypatch):
    for i in range(3):
        write_tone(tmp_path / "songs" / f"{i}.wav", 110 * (i + 1), 0.6, seed=i)
    made = []
    embed = embeddings.embed_file

    def interrupted(predictor, path):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(path)
        return embed(predictor, path)

    monkeypatch.setattr(embeddings, "embed_file", interrupted)
    words = ["similar", str(tmp_path / "songs" / "0.wav"), "--in", str(tmp_path / "songs"), "--model", str(tiny_run)]
    assert main([*words, "--cache", str(tmp_path)]) == 130
    made.clear()
    assert main([*words, "--cache", str(tmp_path)]) == 0
    assert len(made) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.wav", "--in", "ROOT"], "nowhere.wav is no file"),
        (["ROOT/bass/bass.00000.wav", "--in", "EMPTY"], "holds no other audio file"),
        (["ROOT/bass/bass.00000.wav", "--in", "nowhere"], "--in nowhere is not a folder"),
        (["ROOT/bass/bass.00000.wav", "--in", "ROOT", "-n", "0"], "ask for one track at least"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tiny_run, tiny_corpus, tmp_path, capsys, words, message):
    places = {"ROOT": str(tiny_corpus.root), "EMPTY": str(tmp_path)}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    assert main(["similar", *words, "--model", str(tiny_run)]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
