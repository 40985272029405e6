"""The leaderboard: what is compared, which sweeps it takes, and what a cell says."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from gtzan.errors import UserError
from gtzan.evaluation.leakage import Measured
from gtzan.experiments import leaderboard, leaderboard_rows
from gtzan.experiments.leaderboard import Net, Plan, Protocol, Results, make_plan, run_all
from gtzan.experiments.leaderboard_rows import Cell, rows_of
from gtzan.experiments.leaderboard_table import LEAKING, OTHERS, Leaderboard
from gtzan.experiments.processes.launch import register_resolvers
from gtzan.experiments.sweeps.entries import Entry
from gtzan.experiments.sweeps.process import Swept
from gtzan.models.metrics import wilson_interval
from tests.conftest import make_corpus

BLOCKS, DENSE = Net("blocks", (0,), fitted=True), Net("dense", (0, 1))
ARTIST, RANDOM = Protocol("artist", (0, 1)), Protocol("80/20")
PLAN = Plan((DENSE, BLOCKS), (ARTIST, RANDOM), ("data=builtin",), "made up (synthetic music)", ("cnn is left out.",))


def entry(model: str, split: str, seed: int, right: int, n: int = 100, fold: int | None = None) -> Entry:
    settings = {"model": model, "split": split, "seed": str(seed)} | ({} if fold is None else {"fold": str(fold)})
    return Entry(settings, {"test/accuracy": right / n, "n_test": n, "seconds": 10.0 + right})


ENTRIES = (
    *(entry("blocks", "artist", 0, right, fold=fold) for fold, right in ((0, 60), (1, 70))),
    entry("blocks", "80/20", 0, 80),
    *(entry("dense", "artist", seed, 50 + 10 * seed, fold=fold) for seed in (0, 1) for fold in (0, 1)),
    entry("dense", "80/20", 0, 70),
    Entry({"model": "dense", "split": "80/20", "seed": "1"}, None, None, "failed", "The plug is out."),
)


@pytest.fixture(scope="module")
def overrides(tmp_path_factory):
    register_resolvers()
    root = make_corpus(tmp_path_factory.mktemp("music"), seconds=0.2).root
    return ["data=folder", f"data.root={root}", f"cache={tmp_path_factory.mktemp('cache')}"]


def test_what_a_corpus_has_not_is_left_out_with_a_sentence_and_refused_if_named(overrides, monkeypatch):
    monkeypatch.setattr(leaderboard, "check_encoder", lambda name: (_ for _ in ()).throw(UserError("not installed.")))
    plan = make_plan([], [], [0, 1, 1], overrides)
    assert [net.name for net in plan.nets] == ["dense", "blocks", "resnet"]
    assert [protocol.split for protocol in plan.protocols] == ["80/20"]
    assert [sentence.partition(" ")[0] for sentence in plan.skipped] == ["probe", "fault_filtered", "artist"]
    with pytest.raises(UserError, match="published for GTZAN"):
        make_plan(["dense"], ["fault_filtered"], [0], overrides)


def test_only_nets_that_a_seed_changes_are_trained_for_each(overrides):
    nets = make_plan(["dense", "blocks", "lda"], ["80/20"], [3, 4], overrides).nets
    assert [net.seeds for net in nets] == [(3, 4), (3,), (3,)]
    nets = make_plan(["blocks"], ["80/20"], [3, 4], [*overrides, "train_share=0.5"]).nets
    assert nets[0].seeds == (3, 4)  # it draws the tracks


@pytest.mark.parametrize(
    ("nets", "protocols", "given", "said"),
    [
        (["bloks"], [], [], "--nets bloks is not known: choose from"),
        (["generator"], [], [], "is a generator"),
        (["dense"], ["segment"], [], "split=segment is not known"),
        (["dense"], [], ["split=80/20"], "say --protocols"),
        (["dense"], [], ["seed=1"], "say --seeds"),
        (["dense"], [], ["epochs=1,2"], "one value of epochs"),
        (["dense"], [], ["epochs=-1"], "must be a whole number"),
    ],
)
def test_a_mistake_is_told_before_anything_is_trained(nets, protocols, given, said, overrides):
    with pytest.raises(UserError, match=said):
        make_plan(nets, protocols, [0], [*overrides, *given])


def test_nets_and_protocols_that_can_share_a_sweep_do(monkeypatch, tmp_path):
    commands = []

    def run_sweep(program, overrides, runs):
        commands.append(overrides)
        return Swept(f"python {program}.py", ENTRIES[:1], 0)

    monkeypatch.setattr(leaderboard, "run_sweep", run_sweep)
    plan = replace(PLAN, nets=(DENSE, BLOCKS, Net("resnet", (0, 1))), protocols=(RANDOM, ARTIST, Protocol("70/30")))
    *_, results = run_all(plan, tmp_path)
    assert [words[:-2] for words in commands] == [
        ["model=blocks", "split=80/20,70/30", "seed=0"],
        ["model=blocks", "split=artist", "fold=0,1", "seed=0"],
        ["model=dense,resnet", "split=80/20,70/30", "seed=0,1"],
        ["model=dense,resnet", "split=artist", "fold=0,1", "seed=0,1"],
    ]
    assert len(results.commands) == 4


def test_after_ctrl_c_nothing_more_is_begun(monkeypatch, tmp_path):
    monkeypatch.setattr(leaderboard, "run_sweep", lambda *_: Swept("", (), 130))
    sweeps = run_all(PLAN, tmp_path)
    next(sweeps)
    with pytest.raises(KeyboardInterrupt):
        next(sweeps)


def test_a_cell_is_the_mean_over_folds_and_seeds_at_its_distinct_tracks():
    cell = Cell.of({0: [(60, 100), (70, 100)], 1: [(70, 100), (80, 100)], 2: [(1, 100)]}, folds=2)
    assert cell.accuracies == pytest.approx((0.65, 0.75))  # a seed without all folds does not count
    assert (cell.mean, cell.n) == (pytest.approx(0.7), 200)
    assert cell.sd == pytest.approx(0.0707, abs=1e-4)
    assert cell.interval == wilson_interval(140, 200)
    assert Cell.of({0: [(5, 10)]}, folds=1).sd is None
    assert Cell.of({}, folds=1) is None


def test_rows_say_what_is_missing_and_why_a_net_has_one_run():
    dense, blocks, ensemble = rows_of(PLAN, Results(ENTRIES))
    assert [cell.mean for cell in blocks.cells] == pytest.approx([0.65, 0.8])
    assert "no seed changes it" in blocks.note
    assert dense.cells[0].accuracies == pytest.approx((0.5, 0.6))
    assert dense.cells[1].accuracies == (0.7,)
    assert dense.note == "runs not finished: 1; The plug is out."
    assert ensemble.name == "ensemble of dense + blocks"
    assert ensemble.cells == (None, None)  # no run left its predictions


def test_an_ensemble_that_cannot_be_made_says_why(monkeypatch):
    def unlike(*_):
        raise UserError("They were not tested on the same tracks.")

    monkeypatch.setattr(leaderboard_rows, "_together", unlike)
    *_, ensemble = rows_of(PLAN, Results(ENTRIES))
    assert ensemble.cells == (None, None)
    assert "80/20: They were not tested on the same tracks." in ensemble.note


def test_an_ensemble_takes_the_only_run_of_a_net_that_no_seed_changes(monkeypatch):
    met = []

    def together(names, members):
        met.append([entry and (entry.settings["model"], entry.settings["seed"]) for entry in members])
        return 9, 10

    monkeypatch.setattr(leaderboard_rows, "_together", together)
    plan = replace(PLAN, protocols=(ARTIST,))
    *_, ensemble = rows_of(plan, Results(ENTRIES))
    assert met == [[("dense", seed), ("blocks", "0")] for seed in ("0", "0", "1", "1")]
    assert ensemble.cells[0].accuracies == pytest.approx((0.9, 0.9))
    met.clear()
    rows_of(replace(PLAN, protocols=(RANDOM,)), Results(ENTRIES))
    assert met == [[("dense", "0"), ("blocks", "0")], [None, ("blocks", "0")]]  # a failed run has no stand-in


def board() -> Leaderboard:
    leakage = {"segment": Measured(95, 100, 19, 20), "track": Measured(70, 100, 15, 20)}
    return Leaderboard(PLAN, Results(ENTRIES, ("python train.py -m …",)), leakage)


def test_ours_the_example_and_others_are_never_mixed(tmp_path):
    rows = list(csv.DictReader(io.StringIO(board().csv())))
    origins = [row["origin"] for row in rows]
    assert list(dict.fromkeys(origins)) == ["ours", "leaking example", "beside the leaking example", "others"]
    assert all(row["note"] for row in rows if row["origin"] == "others")  # the source
    assert float(rows[0]["accuracy"]) == pytest.approx(0.55)
    assert {row["accuracy"] for row in rows if row["origin"] == "others"} >= {"0.686", "0.797"}  # without 0.6859999
    assert rows[0]["protocol"] == "artist, mean of 2 folds"
    for text in (board().text(), board().markdown()):
        assert text.index("dense") < text.index(LEAKING) < text.index(OTHERS) < text.index("Jukebox")
        assert text.count("LEAKING") == 1
        assert "cnn is left out." in text
        assert "55.0 ± 7.1 [48.1, 61.7]" in text
    board().write(tmp_path / "new")
    assert sorted(path.name for path in Path(tmp_path / "new").iterdir()) == ["leaderboard.csv", "leaderboard.md"]


def test_every_published_result_has_protocol_and_source():
    for row in board().published:
        assert 0 < float(row["accuracy"]) < 100
        assert row["protocol"]
        assert row["pretrained"] in ("yes", "no")
        assert len(row["source"]) > 20
