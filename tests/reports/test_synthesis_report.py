import json

import numpy as np
import pytest
from PIL import Image

from gtzan.audio.files import write_wav
from gtzan.cli.main import main
from gtzan.reports import synthesis_report
from gtzan.reports.page import LARGEST
from tests.reports.test_synthesis_page import METRICS, Reader, sample


@pytest.fixture
def folder(tmp_path):
    """A synthesis of two genres, two samples each."""
    samples = []
    for genre in ("bass", "treble"):
        for number in range(2):
            facts = sample(genre, number)
            name = facts["wav"].removesuffix(".wav")
            write_wav(tmp_path / f"{name}.wav", np.zeros(2205))
            Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / f"{name}.png")
            del facts["sound"], facts["picture"]
            samples.append(facts | {"png": f"{name}.png"})
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / "pca.png")
    facts = {"corpus": "tiny (synthetic music)", "settings": {"seed": 0}, "figures": [["pca.png", "Tracks"]]}
    text = json.dumps({**facts, **METRICS, "synth/frechet": None, "samples": samples})
    (tmp_path / "synthesis.json").write_text(text)
    (tmp_path / "config.yaml").write_text("seed: 0\n")
    return tmp_path


def test_it_is_made_of_the_folder_alone(folder, capsys):
    assert main(["report", str(folder)]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out
    page = Reader((folder / "report.html").read_text())
    assert [player["aria-label"] for player in page.of("audio")] == ["bass 00", "bass 01", "treble 00", "treble 01"]
    assert len(page.of("img")) == 5
    assert "synthetic music" in page.text
    assert "75.0%" in page.text


@pytest.mark.parametrize(
    ("settings", "title", "sentence"),
    [
        ({}, "Generated music: bass, treble", "trust the judge"),
        (
            {"like": "/a/song.mp3", "strength": "0.3"},
            "Variations of song.mp3, strength 0.3: bass, treble",
            "keeps a part",
        ),
        ({"continue": "/a/song.mp3"}, "Continuations of song.mp3: bass, treble", "begins with the end of the song"),
        (
            {"blend": "bass: 0.5, treble: 0.5"},
            "Generated music: a blend of bass: 0.5, treble: 0.5",
            "counts as the first",
        ),
    ],
)
def test_the_page_says_what_samples_are_made_of(folder, settings, title, sentence):
    manifest = json.loads((folder / "synthesis.json").read_text())
    (folder / "synthesis.json").write_text(json.dumps(manifest | {"settings": settings}))
    synthesis_report.write_synthesis_page(folder)
    page = Reader((folder / "report.html").read_text())
    assert title in page.text
    assert sentence in " ".join(page.text.split())


def test_what_does_not_fit_is_linked_and_each_genre_keeps_its_first_samples(folder, monkeypatch):
    monkeypatch.setattr(synthesis_report, "TEXT_BYTES", LARGEST - 10_000)
    monkeypatch.setattr(synthesis_report, "audio_url", lambda *_: "data:audio/mpeg;base64," + "A" * 4000)
    synthesis_report.write_synthesis_page(folder)
    page = Reader((folder / "report.html").read_text())
    assert [player["aria-label"] for player in page.of("audio")] == ["bass 00", "treble 00"]
    assert sorted(a["href"] for a in page.of("a") if a["href"].startswith("./")) == ["./bass_01.wav", "./treble_01.wav"]
    assert "2 of the samples are linked, not embedded" in page.text


def test_a_damaged_folder_is_one_sentence(folder, capsys):
    (folder / "bass_00.wav").unlink()
    assert main(["report", str(folder)]) == 2
    (folder / "synthesis.json").write_text("{}")
    assert main(["report", str(folder)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert main(["report", str(folder), "data.root=x"]) == 2
