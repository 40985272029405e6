"""Eight starts of the same command at the same time, on the same folders: each ends well, and the work is done once."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from gtzan.data.store import FeatureStore
from gtzan.files import read_json

TRAIN = Path(__file__).parents[1] / "train.py"
STARTS = 8
pytestmark = pytest.mark.slow


def start_at_once(words: list, folder: Path) -> list[str]:
    """What each of the processes said; all of them have to end with status 0."""
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    processes = [subprocess.Popen([sys.executable, *words], cwd=folder, **pipe) for _ in range(STARTS)]
    said = [process.communicate(timeout=1200)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * STARTS, "\n".join(said)
    return said


@pytest.fixture
def tiny(tiny_corpus):
    return ["data=folder", f"data.root={tiny_corpus.root}", "segment_seconds=0.5", "split=50/50", "model=dense"]


def test_of_a_sweep_each_point_is_trained_once(tiny, tmp_path):
    words = [TRAIN, "-m", *tiny, "cache=cache", "epochs=1", "seed=0,1", "logger=csv"]
    said = start_at_once(words, tmp_path)
    logs = [path.read_text() for path in tmp_path.glob("runs/points/*/train.log")]
    assert len(logs) == 2
    assert [log.count("training segments") for log in logs] == [1, 1]
    assert sum("Extracting the features of 24 of 24" in text for text in said) == 1
    for point in tmp_path.glob("runs/points/*"):
        assert read_json(point / "metrics.json")["epochs"] == 1
        assert not (point / "running.json").exists()
        with open(point / "csv" / "metrics.csv", newline="") as file:
            assert len(list(csv.DictReader(file))) == 2
    (sweep,) = tmp_path.glob("runs/sweeps/*/sweep.json")
    assert len(read_json(sweep)["points"]) == 2


def test_trainings_have_folders_of_their_own_and_one_cache(tiny, tmp_path):
    said = start_at_once([TRAIN, *tiny, "cache=cache", "epochs=1", "logger=none"], tmp_path)
    assert sum("Extracting the features of 24 of 24" in text for text in said) == 1
    runs = list(tmp_path.glob("runs/*/metrics.json"))
    assert len(runs) == STARTS
    assert len({read_json(metrics)["test/loss"] for metrics in runs}) == 1


def test_extractions_into_one_folder_leave_one_whole_store(tiny_corpus, tmp_path):
    words = ["-m", "gtzan", "features", "build", tiny_corpus.root, "--data", "folder", "--to", "store"]
    said = start_at_once(words, tmp_path)
    assert sum("Extracting the features of 24 of 24" in text for text in said) == 1
    (store,) = tmp_path.glob("store/*/store.json")
    assert len(FeatureStore.open(store.parent).corpus.tracks) == 24
