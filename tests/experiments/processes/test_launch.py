"""Commands as people type them, in processes of their own."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gtzan.errors import UserError
from gtzan.experiments.processes.launch import check_writable, folder_name, run_dir, slug
from tests.conftest import SLOW, without

TRAIN = Path(__file__).parents[3] / "train.py"


def run(folder: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    command = [sys.executable, TRAIN, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=env)


@pytest.mark.slow
def test_the_flag_may_stand_anywhere_and_the_second_time_all_is_known(tiny_corpus, tmp_path):
    tiny = f"data=folder data.root={tiny_corpus.root} segment_seconds=0.5 epochs=1 split=50/50".split()
    words = ("model=cnn", "-m", "batch_size=16,32,64", *tiny)
    done = run(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    found = sorted(tmp_path.glob("runs/points/*/metrics.json"))
    assert [p.parent.name.split("_data-folder")[0] for p in found] == [f"batch_size-{n}" for n in (16, 32, 64)]
    assert all(json.loads(p.read_text())["split"] == "50/50" for p in found)
    assert all((p.parent / "train.log").read_text().count("test accuracy") == 1 for p in found)
    assert "3 points: 3 finished, 0 reused, 0 failed" in done.stdout
    assert "sweep: 0 of 3 done, 1 running, 0 failed" in done.stderr

    again = run(tmp_path, *words, env=without(tmp_path, "torch"))
    assert again.returncode == 0, again.stderr
    assert "3 points: 0 finished, 3 reused, 0 failed" in again.stdout
    tables = [[line for line in out.splitlines() if "[" in line and "%" in line] for out in (done.stdout, again.stdout)]
    assert tables[0][-3:] == tables[1]


@pytest.mark.slow
def test_a_sweep_that_is_killed_goes_on_where_it_was(tiny_corpus, tmp_path):
    tiny = f"data=folder data.root={tiny_corpus.root} segment_seconds=0.5 split=50/50 model=dense".split()
    words = ("-m", "seed=0,1", "epochs=300", *tiny)
    runs = tmp_path / "runs"
    sweep = subprocess.Popen(
        [sys.executable, TRAIN, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        wait = time.monotonic() + 120
        while len(list(runs.glob("points/*/checkpoints/last.ckpt"))) < 2 and time.monotonic() < wait:
            time.sleep(0.02)
    finally:
        sweep.kill()
        sweep.wait()
    (finished,) = runs.glob("points/*/metrics.json")
    before = finished.stat().st_mtime_ns
    table = subprocess.run(
        [sys.executable, "-m", "gtzan.cli.main", "table", *runs.glob("sweeps/*")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 of 2" in table.stdout
    assert "unfinished" in table.stdout
    again = run(tmp_path, *words)
    assert "2 points: 1 finished, 1 reused, 0 failed" in again.stdout
    assert "Resuming from its last checkpoint" in again.stdout
    assert finished.stat().st_mtime_ns == before
    whole = run(tmp_path, *words, "runs=whole")
    assert whole.returncode == again.returncode == 0
    (one,), (other,) = (tmp_path.glob(f"{place}/sweeps/*/table.csv") for place in ("runs", "whole"))
    assert one.read_text() == other.read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["model=cn"], "cnn"),
        (["split=70/40"], "split=70/40 does not add up to 100"),
        (["data=gtzan", "data.root=/nowhere"], "/nowhere"),
        (["data=folder", "data.root=EMPTY"], "EMPTY"),
        (["data=folder", "data.root=ONE"], "ONE"),
        (["split=kfold", "folds=99"], "folds=99 is more than"),
        (["epochs=-1"], "epochs=-1 must be a whole number from 1"),
        (["epoch=3"], "epoch"),
        (["runs=ONE/only/a.wav/runs"], "a.wav is not a folder"),
        (["resume=nowhere"], "resume=nowhere is not a run folder"),
    ],
)
def test_a_mistake_is_told_at_once_without_a_traceback(tiny_corpus, tmp_path, words, sentence):
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "ONE" / "only").mkdir(parents=True)
    (tmp_path / "ONE" / "only" / "a.wav").write_bytes(b"x")
    if not any(w.startswith("data=") for w in words):
        words = [*words, "data=folder", f"data.root={tiny_corpus.root}"] if words != ["resume=nowhere"] else words
    done = run(tmp_path, *words, env=without(tmp_path, *SLOW))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not (tmp_path / "runs").exists()
    assert "Traceback" not in done.stderr


def test_help_names_the_choices_and_cfg_prints_the_configuration(tmp_path):
    assert "cnn, convlstm, dense" in run(tmp_path, "--help").stdout
    shown = run(tmp_path, "--cfg", "job", "model=dense")
    assert "_target_: gtzan.models.nets.dense.Dense" in shown.stdout


def test_neither_help_nor_a_mistake_waits_for_torch(tiny_corpus):
    program = (
        "import sys, gtzan.experiments.processes.launch, gtzan.experiments.factory;"
        "import gtzan.corpora.splits, gtzan.corpora.folder, gtzan.corpora.gtzan;"
        f"slow = {set(SLOW)} & set(sys.modules);"
        "sys.exit(str(slow) if slow else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ("data.root=/home/me/My Music,seed=1", "data.root-My-Music_seed-1"),
        ("guide='../runs/a=1'", "guide-a-1"),
        ("ckpt=/runs/a,/runs/b,split=70/30", "ckpt-a_b_split-70-30"),
        ("", "default"),
    ],
)
def test_folder_names_hold_only_the_last_part_of_a_path(overrides, name):
    assert folder_name(overrides) == name


def test_folder_names_hold_no_slash_and_stay_short():
    assert slug("split=70/30,model=cnn") == "split-70-30_model-cnn"
    assert slug("data.root=/home/me/../x") == "data.root-home-me-..-x"
    long = slug(",".join(f"key{i}={i}" for i in range(99)))
    assert len(long) < 100
    assert long != slug(",".join(f"key{i}={i + 1}" for i in range(99)))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux")
def test_a_folder_of_runs_that_cannot_be_made_is_one_sentence(tmp_path):
    for runs in ("/proc/x", "/proc", str(tmp_path / ("x" * 300))):
        with pytest.raises(UserError, match="no folder can be made there"):
            check_writable(runs)
    check_writable(str(tmp_path / "new" / "runs"))
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_keeps_its_folder_and_a_missing_one_is_not_made(tmp_path):
    assert run_dir("runs", str(tmp_path), "") == str(tmp_path)
    assert run_dir("runs", str(tmp_path / "missing"), "").startswith("runs/20")
    assert run_dir("runs", None, "split=70/30").startswith("runs/20")
