import json
import re
import shutil

import pytest

from gtzan.cli.main import main
from tests.conftest import EVIL, write_tone


def dots(page) -> list[dict]:
    found = re.search(r'<script type="application/json" id="tracks">(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(found[1])


def test_genre_folders_give_the_colours_and_small_folders_their_sound(tiny_run, tiny_corpus, tmp_path, capsys):
    page = tmp_path / "map.html"
    words = ["map", str(tiny_corpus.root), "--model", str(tiny_run), "--cache", str(tmp_path), "--out", str(page)]
    assert main(words) == 0
    tracks = dots(page)
    assert len(tracks) == len(tiny_corpus.tracks)
    assert {track["group"] for track in tracks} == set(tiny_corpus.genres)
    assert all(track["name"].startswith(track["group"]) for track in tracks)
    assert all(track["sound"].startswith("data:audio") for track in tracks)
    out = capsys.readouterr().out
    assert "colours: the folders" in out
    named = r"component 1, \d+% of the variance, most like [\w\s-]+ \(r = 0\.\d\d\); from \w+ to \w+"
    assert re.search(named, out)
    assert re.search(named, page.read_text())


def test_a_flat_folder_has_predicted_colours_and_large_ones_link_their_files(tiny_run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("gtzan.reports.track_map_page.MOST_SOUNDS", 2)
    songs = tmp_path / "songs"
    for i in range(3):
        write_tone(songs / f"{EVIL} #{i}.wav", 110 * 4**i, 1, seed=i)
    (songs / "broken.wav").write_bytes(b"no audio")
    (tmp_path / "pages").mkdir()
    page = tmp_path / "pages" / "map.html"
    words = ["map", str(songs), "--model", str(tiny_run), "--cache", str(tmp_path), "--out", str(page)]
    assert main(words) == 1
    tracks = dots(page)
    assert {track["group"] for track in tracks} <= {"bass", "middle", "treble"}
    assert all(track["group"] == track["predicted"] for track in tracks)
    assert tracks[1]["sound"] == "./../songs/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%20%231.wav"
    assert EVIL not in page.read_text()
    said = capsys.readouterr()
    assert "colours: predicted genres" in said.out
    assert "broken.wav" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere is not a folder"),
        (["EMPTY"], "holds no audio file that can be read"),
        (["ONE"], "three tracks that differ; there are 1"),
        (["EMPTY", "--out", "nowhere/map.html"], "name a file in a folder that is there"),
        (["EMPTY", "--out", "a" * 260 + ".html"], ".html: file name too long."),
        (["EMPTY", "--umap"], "pip install 'gtzan[map]'"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tiny_run, tiny_corpus, tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gtzan.evaluation.track_map.find_spec", lambda name: None)
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "ONE").mkdir()
    shutil.copy(tiny_corpus.tracks[0].path, tmp_path / "ONE")
    assert main(["map", *words, "--model", str(tiny_run)]) == 2
    assert message in (err := capsys.readouterr().err).splitlines()[-1]
    assert len([line for line in err.splitlines() if line.startswith("gtzan: ")]) == 1
