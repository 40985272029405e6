"""Commands as people type them, in processes of their own."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gtzan.launch import flags_first, run_dir, slug

TRAIN = Path(__file__).parents[1] / "train.py"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, TRAIN, *words], cwd=folder, capture_output=True, text=True, check=False)


def test_the_flag_may_stand_anywhere(tiny_corpus, tmp_path):
    tiny = f"data=folder data.root={tiny_corpus.root} segment_seconds=0.5 epochs=1 split=50/50".split()
    done = run(tmp_path, "model=cnn", "-m", "batch_size=16,32,64", *tiny)
    assert done.returncode == 0, done.stderr
    found = sorted(tmp_path.glob("runs/*/*/metrics.json"))
    assert len(found) == 3
    assert [p.parent.name[:2] for p in found] == ["0_", "1_", "2_"]
    assert all(json.loads(p.read_text())["split"] == "50/50" for p in found)
    assert done.stdout.count("test accuracy") == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["model=cn"], "cnn"),
        (["split=70/40"], "split=70/40 does not add up to 100"),
        (["data=gtzan", "data.root=/nowhere"], "/nowhere"),
        (["data=folder", "data.root=EMPTY"], "EMPTY"),
        (["data=folder", "data.root=ONE"], "ONE"),
        (["split=kfold", "folds=99"], "folds=99 is more than"),
        (["epochs=-1"], "epochs=-1 must be greater than 0"),
        (["epoch=3"], "epoch"),
        (["runs=ONE/only/a.wav/runs"], "a.wav is no folder"),
        (["resume=nowhere"], "resume=nowhere is no run directory"),
    ],
)
def test_a_mistake_is_told_at_once_without_a_traceback(tiny_corpus, tmp_path, words, sentence):
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "ONE" / "only").mkdir(parents=True)
    (tmp_path / "ONE" / "only" / "a.wav").write_bytes(b"x")
    if not any(w.startswith("data=") for w in words):
        words = [*words, "data=folder", f"data.root={tiny_corpus.root}"] if words != ["resume=nowhere"] else words
    start = time.perf_counter()
    done = run(tmp_path, *words)
    seconds = time.perf_counter() - start
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    # A quiet machine needs half a second; torch alone, were it imported, takes two.
    assert "torch" not in done.stderr
    assert seconds < 10


def test_help_names_the_choices_and_cfg_prints_the_configuration(tmp_path):
    assert "model: cnn, convlstm, dense" in run(tmp_path, "--help").stdout
    shown = run(tmp_path, "--cfg", "job", "model=dense")
    assert "_target_: gtzan.nets.dense.Dense" in shown.stdout


def test_neither_help_nor_a_mistake_waits_for_torch(tiny_corpus):
    program = (
        "import sys, gtzan.launch, gtzan.config, gtzan.corpora.splits, gtzan.corpora.folder, gtzan.corpora.gtzan;"
        "slow = {'torch', 'lightning', 'librosa', 'sklearn', 'matplotlib'} & set(sys.modules);"
        "sys.exit(str(slow) if slow else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_flags_move_to_the_front_once():
    assert flags_first(["a=1", "--multirun", "b=1,2", "-m"]) == ["--multirun", "a=1", "b=1,2"]
    assert flags_first(["a=1"]) == ["a=1"]


def test_folder_names_hold_no_slash_and_stay_short():
    assert slug("split=70/30,model=cnn") == "split-70-30_model-cnn"
    assert slug("data.root=/home/me/../x") == "data.root-home-me-..-x"
    long = slug(",".join(f"key{i}={i}" for i in range(99)))
    assert len(long) < 100
    assert long != slug(",".join(f"key{i}={i + 1}" for i in range(99)))


def test_a_resumed_run_keeps_its_folder_and_a_missing_one_is_not_made(tmp_path):
    assert run_dir("runs", str(tmp_path), "") == str(tmp_path)
    assert run_dir("runs", str(tmp_path / "missing"), "").startswith("runs/20")
    assert run_dir("runs", None, "split=70/30").startswith("runs/20")
