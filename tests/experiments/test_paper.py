"""The paper's experiments: what is run, what is looked up, and which of ours stands beside a number of the paper's."""

import inspect
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from gtzan.errors import UserError
from gtzan.experiments.paper import CLAIMS, EXPERIMENTS, Outcome, check, reproduce
from gtzan.experiments.processes.launch import register_resolvers
from gtzan.experiments.sweeps import process
from gtzan.experiments.sweeps.entries import Entry
from gtzan.experiments.sweeps.sweep import sweep_folder

MISTAKES = (1, 2)  # exit statuses of programs that have begun nothing: Hydra's and ours
CONF = str(Path(__file__).parents[2] / "conf")


def entry(folder: Path | None = None, state: str = "finished", message: str = "", **facts: str) -> Entry:
    metrics = {"test/accuracy": 0.5, "seconds": 60.0} if state == "finished" else None
    return Entry(facts, metrics, folder, state, message)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Instead of programs: what each would leave. Holds the commands, and takes exit statuses by experiment."""

    class Machine:
        def __init__(self):
            self.commands: list[list[str]] = []
            self.status: dict[str, int] = {}

        def run(self, command):
            program, overrides = Path(command[1]).stem, command[3:]
            (runs,) = (word[5:].strip("'") for word in overrides if word.startswith("runs="))
            self.commands.append([program, *overrides])
            status = self.status.get(overrides[0], 0)
            if status not in MISTAKES:
                folder = sweep_folder(Path(runs), program, overrides)
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "sweep.json").write_text("anew")
            return status

    machine = Machine()
    monkeypatch.setattr(process, "_call", machine.run)
    monkeypatch.setattr(process, "read_entries", lambda folder: [entry(tmp_path / "points" / folder.name)])
    return machine


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_every_experiment_is_one_that_the_programs_know(experiment):
    register_resolvers()
    with initialize_config_dir(CONF, version_base="1.3"):
        cfg = compose(experiment.program, overrides=list(experiment.overrides))
    assert cfg.lr == 1e-4  # the paper's optimiser
    assert cfg.batch_size == 32
    assert ("weights" in cfg.model) == ("generator" in cfg.model.make)


def test_the_dense_nets_grid_is_the_papers():
    register_resolvers()
    with initialize_config_dir(CONF, version_base="1.3"):
        cfg = compose("train", overrides=["experiment=paper/dense"], return_hydra_config=True)
    assert dict(cfg.hydra.sweeper.params) == {
        "split": "50/50,70/30",
        "epochs": "20,50,100",
        "batch_size": "16,32,64",
    }


def test_every_claim_is_measured_by_experiments():
    for claim in CLAIMS:
        sources = [source for source in (claim.all_tracks, claim.held_out, claim.honest) if source]
        assert sources
        assert all(experiment in EXPERIMENTS for experiment, _ in sources)


def test_all_experiments_run_with_the_users_overrides(machine, tmp_path):
    *_, outcomes = reproduce(["data=builtin"], tmp_path)
    assert list(outcomes) == list(EXPERIMENTS)
    assert all(command[-1] == "data=builtin" for command in machine.commands)
    (synthesis,) = (command for command in machine.commands if command[0] == "synthesize")
    assert f"ckpt={outcomes['generator_lstm'].main.folder}" in synthesis
    assert outcomes["dense"].command == f"python train.py -m experiment=paper/dense runs={tmp_path} data=builtin"
    assert all(outcome.state == "done" for outcome in outcomes.values())


def test_a_failure_stops_no_other_experiment(machine, tmp_path):
    machine.status = {"experiment=paper/generator_lstm": 2}
    *_, outcomes = reproduce([], tmp_path)
    assert outcomes["generator_lstm"].state == outcomes["synthesis"].state == "not done"
    assert outcomes["convlstm_honest"].state == "done"
    assert not any(command[0] == "synthesize" for command in machine.commands)


@pytest.mark.parametrize("status", MISTAKES)
def test_overrides_that_are_wrong_end_it_at_once_whatever_was_there_before(machine, tmp_path, status):
    list(reproduce(["split=80"], tmp_path))
    machine.commands.clear()
    machine.status = {"experiment=paper/dense": status}
    with pytest.raises(UserError, match="mend what is said above"):
        list(reproduce(["split=80"], tmp_path))
    assert len(machine.commands) == 1


def test_after_ctrl_c_nothing_more_is_begun(machine, tmp_path):
    machine.status = {"experiment=paper/cnn": 130}
    experiments = reproduce([], tmp_path)
    assert list([next(experiments) for _ in range(3)][-1]) == ["dense", "dense_honest", "cnn"]
    with pytest.raises(KeyboardInterrupt):
        next(experiments)


def test_a_program_that_gets_ctrl_c_ends_in_its_own_time(monkeypatch, tmp_path):
    program = "import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: (time.sleep(0.6), sys.exit(130)));"
    ready = tmp_path / "ready"
    program += f"open({str(ready)!r}, 'w').close(); time.sleep(30)"

    def press_ctrl_c():
        while not ready.exists():
            time.sleep(0.01)
        os.killpg(os.getpgid(0), signal.SIGINT)

    caller = (
        "import os, signal, sys, threading, time; os.setpgid(0, 0); from pathlib import Path; "
        "from gtzan.experiments.sweeps.process import _call\n"
        f"ready = Path({str(ready)!r})\n{textwrap.dedent(inspect.getsource(press_ctrl_c))}\n"
        f"threading.Thread(target=press_ctrl_c).start(); print(_call([sys.executable, '-c', {program!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", caller], capture_output=True, text=True, check=True)
    assert done.stdout == "130\n"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model=cnn", "name their models"),
        ("experiment=paper/cnn", "all done"),
        ("runs=elsewhere", "--runs"),
        ("seed=0,1", "one value of seed"),
        ("seed=range(3)", "one value of seed"),
        ("epochs=[x", "cannot be read"),
        ("epochs=-1", "must be a whole number"),
        ("modle=cnn", "did you mean model=cnn"),
    ],
)
def test_overrides_that_would_put_another_number_beside_the_papers_are_refused(override, said):
    with pytest.raises(UserError, match=said):
        check(["data=builtin", override])


def test_a_folder_of_runs_may_have_any_name(machine, tmp_path):
    next(reproduce([], tmp_path / "my runs (1)"))
    assert f"runs='{tmp_path}/my runs (1)'" in machine.commands[0]


def test_of_a_grid_the_papers_point_is_shown_or_one_like_it():
    points = [
        entry(Path("a"), split="50/50", epochs="20", batch_size="32"),
        entry(Path("b"), split="50/50", epochs="100", batch_size="32"),
        entry(Path("c"), split="70/30", epochs="100", batch_size="16"),
    ]
    dense = EXPERIMENTS["dense"]
    assert Outcome(dense, "", tuple(points)).main.folder == Path("b")
    assert Outcome(dense, "", tuple(points[::2])).main.folder == Path("a")
    assert Outcome(dense, "", tuple(points)).seconds == 180


def test_the_state_says_what_is_missing():
    points = (entry(), entry(None, "failed", "The plug is out."))
    outcome = Outcome(EXPERIMENTS["dense"], "", points)
    assert outcome.state == "1 of 2 done; The plug is out."
    assert Outcome(EXPERIMENTS["dense"], "", ()).main is None
