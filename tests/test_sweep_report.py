import json
from html import unescape

import pytest
from test_synthesis_page import EVIL, Reader

from gtzan.cli import main
from gtzan.sweep_figures import charts
from gtzan.sweep_report import write
from gtzan.table import Table


def metrics(accuracy: float) -> dict:
    interval = {"test/accuracy_low": accuracy - 0.1, "test/accuracy_high": accuracy + 0.1}
    facts = {"corpus": "tiny (synthetic music)", "split": "50/50"}
    return {"test/accuracy": accuracy, **interval, "test/f1_macro": accuracy, "all/accuracy": 0.9, **facts}


@pytest.fixture(scope="session")
def sweep_folder(tmp_path_factory):
    """A sweep of two models, two batch sizes and two seeds, one of its points failed, one without a report."""
    root = tmp_path_factory.mktemp("sweep")
    points = []
    for model in ("dense", EVIL):
        for batch_size in (100, 16):
            for seed in (0, 1):
                name = f"{'a' if model == 'dense' else 'b'}_{batch_size}_{seed}"
                point = root / "points" / name
                point.mkdir(parents=True)
                if name == "b_16_1":
                    (point / "error.json").write_text(json.dumps({"message": EVIL, "log": "train.log"}))
                else:
                    accuracy = 0.5 + 0.2 * (model == "dense") + 0.001 * batch_size + 0.01 * seed
                    (point / "metrics.json").write_text(json.dumps(metrics(accuracy)))
                    if name != "a_16_0":
                        (point / "report.html").write_text("<!doctype html><title>a point</title>")
                overrides = {"model": model, "batch_size": str(batch_size), "seed": str(seed)}
                points.append({"overrides": overrides, "folder": f"../../points/{name}", "error": None})
    folder = root / "sweeps" / "some"
    folder.mkdir(parents=True)
    (folder / "sweep.json").write_text(json.dumps({"points": points}))
    return folder


def test_the_page_has_every_row_and_leads_to_the_points(sweep_folder, capsys):
    assert main(["report", str(sweep_folder)]) == 0
    html = (sweep_folder / "report.html").read_text()
    page = Reader(html)
    assert "<img src=x" not in html
    assert EVIL in page.text
    assert "synthetic music" in page.text
    links = [a["href"] for a in page.of("a")]
    assert len(links) == 6
    assert all((sweep_folder / unescape(link)).exists() for link in links)
    assert "7 of 8" in page.text
    assert "batch_size 100" in page.text  # of the best


def test_there_is_a_chart_for_each_axis_with_its_numbers_in_words(sweep_folder):
    by_axis = {chart.axis: chart for chart in charts(Table.of(sweep_folder))}
    assert set(by_axis) == {"model", "batch_size"}
    chart = by_axis["batch_size"]
    assert chart.values == ("16", "100")  # as numbers, not as words
    assert chart.by == "model"
    assert "model dense: 72.1% at 16, 80.5% at 100" in chart.text
    assert len(chart.figure("tiny").axes) == 1
    page = Reader(write(sweep_folder).read_text())
    assert [image["alt"] for image in page.of("img")] == [chart.text for chart in by_axis.values()]
    assert all(image["src"].startswith("data:image/webp") for image in page.of("img"))


def test_a_sweep_of_seeds_alone_has_no_chart(tmp_path):
    for seed in (0, 1):
        (tmp_path / f"p{seed}").mkdir()
        (tmp_path / f"p{seed}" / "metrics.json").write_text(json.dumps(metrics(0.5)))
    points = [{"overrides": {"seed": str(seed)}, "folder": f"p{seed}", "error": None} for seed in (0, 1)]
    (tmp_path / "sweep.json").write_text(json.dumps({"points": points}))
    assert list(charts(Table.of(tmp_path))) == []
    assert Reader(write(tmp_path).read_text()).of("img") == []
