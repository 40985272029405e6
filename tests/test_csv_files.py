"""No cell of a table is a formula, and every cell is read back as it was."""

import csv
from pathlib import Path

import pytest

import gtzan
from gtzan.csv_files import read_rows, write_rows
from gtzan.evaluation.classification_report import write_report

FORMULAS = ["=1+1", "+cmd|'/C calc'!A0", "-1+1", "@SUM(1,1)", "\t=1", "\r=1", "\n=1", "＝1+1", "'=1", "''@x"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_text(tmp_path, cell):
    path = tmp_path / "a.csv"
    write_rows(path, ["a", cell], [[cell, 1], ["x", "-0.5"]])
    with open(path, newline="", encoding="utf-8") as file:
        header, first, _ = csv.reader(file)
    assert header[1][0] == first[0][0] == "'"
    assert read_rows(path) == [{"a": cell, cell: "1"}, {"a": "x", cell: "-0.5"}]


HARMLESS = [1, -1, -0.5, 1e-9, "-0.5", "+3", "-inf", "nan", "", "'", "'a", "a=b", "a, b", '"', "音楽"]


@pytest.mark.parametrize("cell", HARMLESS)
def test_numbers_and_text_stay_as_they_are(tmp_path, cell):
    path = tmp_path / "a.csv"
    write_rows(path, ["a", "b"], [[cell, "end"]])
    with open(path, newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1] == [str(cell), "end"]
    assert read_rows(path)[0]["a"] == str(cell)


def test_a_genre_may_look_like_a_formula(tmp_path):
    write_report([{"genre": "=evil()", "precision": -0.5, "summary": False}], tmp_path / "report.csv")
    assert (tmp_path / "report.csv").read_text().splitlines()[1] == "'=evil(),-0.500000"


def test_no_module_writes_tables_in_another_way():
    for path in Path(gtzan.__file__).parent.rglob("*.py"):
        if path.name != "csv_files.py":
            assert not {"csv.writer", "csv.DictWriter", "to_csv("} & set(path.read_text().replace("(", "( ").split())
