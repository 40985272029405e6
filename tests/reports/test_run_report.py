"""``report.html`` of runs, without a browser."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from gtzan.cli.main import main
from gtzan.reports import classifier_report
from gtzan.reports.page import LARGEST
from tests.reports.test_synthesis_page import Reader
from train import train


def read(run: Path) -> Reader:
    path = run / "report.html"
    assert path.stat().st_size < LARGEST
    return Reader(path.read_text(encoding="utf-8"))


def text_of(run: Path) -> str:
    return " ".join(read(run).text.split())


def test_a_classifiers_report_says_how_well_on_what_and_how(tiny_run):
    metrics = json.loads((tiny_run / "metrics.json").read_text())
    text = text_of(tiny_run)
    assert f"{metrics['test/accuracy']:.1%}" in text
    assert f"{100 * metrics['test/accuracy_low']:.1f}–{100 * metrics['test/accuracy_high']:.1f}%" in text
    assert f"of {metrics['n_test']} tracks" in text
    assert f"similar tracks {metrics['test/precision_at_10']:.1%}" in text
    assert f"by chance {metrics['test/precision_at_10_chance']:.1%}" in text
    assert "The tracks' artists are unknown: others by these may be among the ten" in text
    assert text.count("Dense · split 50/50") == 2  # in the window's title, too
    assert metrics["corpus"] in text
    for part in ("precision", "macro average", "broken", "duplicate", "lightning", "Python", "batch_size: 32"):
        assert part in text


@pytest.mark.parametrize("run", ["tiny_run", "tiny_generator"])
def test_nothing_refers_to_another_file_and_every_picture_has_a_text(run, request):
    page = read(request.getfixturevalue(run))
    assert all(url.startswith("data:") for url in page.urls)
    assert page.of("img")
    assert all(len(image["alt"]) > 20 for image in page.of("img"))
    assert len(page.of("h1")) == len(page.of("main")) == 1


def test_a_run_of_one_epoch_has_no_curves_even_where_an_earlier_version_drew_them(tiny_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(tiny_run, run)
    head, first, *_ = (run / "history.csv").read_text().splitlines()
    (run / "history.csv").write_text(f"{head}\n{first}\n")
    metrics = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps(metrics | {"epochs": 1}))
    assert main(["report", str(run)]) == 0
    assert not any("by epoch" in image["alt"] for image in read(run).of("img"))
    assert any("by epoch" in image["alt"] for image in read(tiny_run).of("img"))
    assert "1 epoch, " in text_of(run)


def test_each_cell_has_a_name(tiny_run):
    buttons = [button for button in read(tiny_run).of("button") if "data-truth" in button]
    metrics = json.loads((tiny_run / "metrics.json").read_text())
    counts = [int(button["aria-label"].split(": ")[1].split(" of ")[0]) for button in buttons]
    assert sum(counts) == metrics["n_test"]


def test_a_generators_report_has_its_genres(tiny_generator):
    text = text_of(tiny_generator)
    metrics = json.loads((tiny_generator / "metrics.json").read_text())
    assert f"bass {metrics['test/mse/bass']:.3f}" in text
    assert f"{metrics['test/track_reconstruction_accuracy']:.1%}" in text


def test_a_report_that_fails_loses_nothing(configured, monkeypatch, caplog):
    def fail(*_, **__):
        raise RuntimeError("out of ink")

    monkeypatch.setattr(classifier_report.ClassifierReport, "write_page", fail)
    cfg = configured("model=dense", "split=50/50", "logger=none", "epochs=1")
    with caplog.at_level(logging.ERROR):
        train(cfg)
    assert (Path(cfg.run_dir) / "metrics.json").exists()
    assert f"gtzan report {cfg.run_dir}" in caplog.text


def test_it_can_be_made_again_also_where_the_music_has_moved(tiny_run, tiny_corpus, tmp_path, capsys):
    before = (tiny_run / "report.html").read_text()
    (tiny_run / "report.html").unlink()
    moved = tmp_path / "moved"
    moved.symlink_to(tiny_corpus.root)
    assert main(["report", str(tiny_run), f"data.root={moved}"]) == 0
    assert str(tiny_run / "report.html") in capsys.readouterr().out
    again = (tiny_run / "report.html").read_text()
    assert again.replace(str(moved), str(tiny_corpus.root)).split("<main>")[0] == before.split("<main>")[0]
    assert again.count("data-truth") == before.count("data-truth")


def test_music_that_is_gone_is_one_sentence(tiny_run, tmp_path, capsys):
    before = (tiny_run / "report.html").read_text()
    assert main(["report", str(tiny_run), f"data.root={tmp_path / 'gone'}"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "not here" in said
    assert (tiny_run / "report.html").read_text() == before
    assert main(["report", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("key", "typo"), [("root:", "rkot:"), ("precision:", "precisiom:"), ("_target_: l", "_tarjet_: l")]
)
def test_a_damaged_key_of_the_configuration_is_named(tiny_run, tmp_path, capsys, key, typo):
    shutil.copytree(tiny_run, tmp_path / "run")
    config = tmp_path / "run" / "config.yaml"
    config.write_text(config.read_text().replace(key, typo))
    assert main(["report", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "config.yaml is damaged" in said
