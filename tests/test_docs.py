"""The documentation's Python examples run as printed, and each is short."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^## (.+?)$.*?^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_part_of_the_page_has_an_example():
    assert [title for title, _ in EXAMPLES] == [
        "Features",
        "A corpus",
        "Train",
        "A run",
        "Predict",
        "Generate and judge",
    ]


@pytest.mark.parametrize(
    ("title", "code"),
    [pytest.param(*example, marks=pytest.mark.slow if example[0] == "Train" else ()) for example in EXAMPLES],
    ids=[title for title, _ in EXAMPLES],
)
def test_an_example_runs(title, code, tiny_corpus, tiny_run, request, tmp_path, monkeypatch):
    assert len(code.splitlines()) < 10
    monkeypatch.chdir(tmp_path)
    places = {"song.wav": tiny_corpus.tracks[0].path, "songs": tiny_corpus.root, "runs/RUN": tiny_run}
    if title == "Generate and judge":
        places |= {"runs/GENERATOR": request.getfixturevalue("tiny_generator"), "classical": "bass"}
        places |= {"runs/JUDGE": request.getfixturevalue("tiny_judge")}
    for name, place in places.items():
        code = re.sub(rf'(["=]){name}"', lambda found, place=place: f'{found[1]}{place}"', code)
    exec(compile(code, "docs/api.md", "exec"), {})
