import json
from html import unescape

from gtzan.cli.main import main
from gtzan.experiments.sweeps.table import Table
from gtzan.reports.plots.sweep import charts
from gtzan.reports.sweep_report import write_sweep_page
from tests.conftest import EVIL, metrics
from tests.reports.test_synthesis_page import Reader


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
    names = [a["aria-label"] for a in page.of("a")]
    assert "seed 1 of model dense, batch_size 16" in names
    assert len(set(names)) == 6
    assert "batch_size 100" in page.text  # of the best


def test_there_is_a_chart_for_each_axis_with_its_numbers_in_words(sweep_folder):
    by_axis = {chart.axis: chart for chart in charts(Table.of(sweep_folder))}
    assert set(by_axis) == {"model", "batch_size"}
    chart = by_axis["batch_size"]
    assert chart.values == ("16", "100")  # as numbers, not as words
    assert chart.by == "model"
    assert "model dense: 72.1% at 16, 80.5% at 100" in chart.text
    assert len(chart.figure("tiny").axes) == 1
    page = Reader(write_sweep_page(sweep_folder).read_text())
    assert [image["alt"] for image in page.of("img")] == [chart.text for chart in by_axis.values()]
    assert all(image["src"].startswith("data:image/webp") for image in page.of("img"))


def test_lines_are_spoken_of_where_they_are(sweep_folder, monkeypatch):
    assert "lines connect the means" in write_sweep_page(sweep_folder).read_text()
    by_name = [chart for chart in charts(Table.of(sweep_folder)) if chart.axis == "model"]
    monkeypatch.setattr("gtzan.reports.sweep_report.charts", lambda _: by_name)
    assert "lines connect" not in write_sweep_page(sweep_folder).read_text()


def test_a_sweep_of_seeds_alone_has_no_chart(tmp_path):
    for seed in (0, 1):
        (tmp_path / f"p{seed}").mkdir()
        (tmp_path / f"p{seed}" / "metrics.json").write_text(json.dumps(metrics(0.5)))
    points = [{"overrides": {"seed": str(seed)}, "folder": f"p{seed}", "error": None} for seed in (0, 1)]
    (tmp_path / "sweep.json").write_text(json.dumps({"points": points}))
    assert list(charts(Table.of(tmp_path))) == []
    assert Reader(write_sweep_page(tmp_path).read_text()).of("img") == []


def test_runs_that_no_sweep_has_made_stand_on_one_page(tiny_run, tiny_guide, tmp_path, capsys):
    for name, run in {"one": tiny_run, "two": tiny_guide}.items():
        (tmp_path / name).symlink_to(run)
    assert main(["report", str(tmp_path)]) == 0
    page = Reader((tmp_path / "report.html").read_text())
    assert "Dense" in page.text
    assert "Cnn" in page.text
    assert {a["href"] for a in page.of("a")} == {"./one/report.html", "./two/report.html"}
