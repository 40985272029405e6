import subprocess
import sys
from pathlib import Path

import pytest

from gtzan.corpora import auto
from gtzan.corpora.auto import auto_corpus
from gtzan.corpora.check import check_corpus
from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.folder import folder_corpus
from gtzan.corpora.gtzan import gtzan_corpus
from gtzan.errors import UserError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def composer(monkeypatch):
    """Stands in for the built-in composer, whose music is another test's matter."""

    def builtin_corpus(root="data/builtin", **kwargs):
        tracks = tuple(Track(f"{genre}.00000", genre, Path("a.wav")) for genre in ("blues", "rock"))
        return Corpus(f"built-in {sorted(kwargs.items())}", tracks, root, synthetic=True)

    module = type(sys)("gtzan.corpora.builtin")
    module.builtin_corpus = builtin_corpus
    monkeypatch.setitem(sys.modules, "gtzan.corpora.builtin", module)


def plant_gtzan(root):
    for genre in ("blues", "rock"):
        (root / genre).mkdir(parents=True)
        (root / genre / f"{genre}.00000.wav").touch()


@pytest.mark.parametrize("root", [None, ""])
@pytest.mark.usefixtures("composer")
def test_without_gtzan_the_music_is_synthetic_and_said_to_be(root, caplog):
    corpus = auto_corpus(root, tracks_per_genre=2, seconds=1, seed=0)
    assert corpus.synthetic
    assert "tracks_per_genre" in corpus.name
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "SYNTHETIC MUSIC" in record.message
    assert "gtzan data fetch" in record.message


def test_a_root_is_used(tmp_path, caplog):
    plant_gtzan(tmp_path / "somewhere")
    corpus = auto_corpus(str(tmp_path / "somewhere"), tracks_per_genre=2)
    assert (corpus.name, corpus.synthetic) == ("GTZAN", False)
    assert "SYNTHETIC" not in caplog.text


def test_gtzan_in_its_usual_place_is_found(tmp_path):
    plant_gtzan(tmp_path / auto.GTZAN_FOLDER / "genres")
    assert not auto_corpus(name="GTZAN, a copy").synthetic


def test_a_root_without_gtzan_is_an_error_not_a_reason_to_compose(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        auto_corpus(tmp_path / "nowhere")


def test_composed_music_never_passes_for_gtzan(tmp_path):
    builtin = pytest.importorskip("gtzan.corpora.builtin")
    builtin.builtin_corpus(tmp_path / "composed", tracks_per_genre=1, seconds=1)
    for corpus in (gtzan_corpus, auto_corpus):
        with pytest.raises(UserError, match="not GTZAN: use data=builtin"):
            corpus(tmp_path / "composed")
    assert folder_corpus(tmp_path / "composed").synthetic
    assert not check_corpus(tmp_path / "composed").faults


def test_corpora_answer_without_loading_the_heavy_libraries():
    heavy = {"torch", "lightning", "librosa", "sklearn", "matplotlib"}
    code = (
        "import sys, gtzan.corpora.auto, gtzan.corpora.folder, gtzan.corpora.gtzan, gtzan.corpora.check, "
        f"gtzan.corpora.fetch, gtzan.cli.main; print(*(set(sys.modules) & {heavy}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
