"""The notebooks are stored without outputs, and tell a beginner how to start. `.ci/run` executes them."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_is_stored_without_what_running_it_leaves(notebook):
    stored = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in stored["cells"]:
        left = cell.get("outputs") or cell.get("execution_count") or cell["metadata"]
        assert not left, f"{notebook.name}: clear the outputs of all cells and save before you commit"
    assert stored["metadata"]["kernelspec"]["name"] == "python3"  # the one that every installation has
    assert stored["metadata"]["language_info"] == {"name": "python"}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_begins_with_its_installation_and_ends_with_questions(notebook):
    first, *_, last = ("".join(cell["source"]) for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    assert "pip install -e '.[notebooks]'" in first
    assert "synthetic music" in first
    assert last.startswith("## Questions")
    assert 3 <= len(re.findall(r"^\d\. ", last, re.MULTILINE)) <= 5
