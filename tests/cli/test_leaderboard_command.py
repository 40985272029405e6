"""``gtzan leaderboard`` from audio to its page, and again."""

import csv

import pytest

from gtzan.cli.main import main


def test_a_mistake_is_one_sentence(capsys):
    assert main(["leaderboard", "--nets", "dense", "data=builtin", "--seeds", "one"]) == 2
    assert capsys.readouterr().err == "gtzan: --seeds one: a seed is a whole number from 0 up.\n"


@pytest.mark.slow
def test_it_makes_a_page_and_reuses_it(tiny_corpus, tmp_path, capfd):
    words = ["leaderboard", "--nets", "lda", "--protocols", "80/20", "data=folder", f"data.root={tiny_corpus.root}"]
    words += [f"cache={tmp_path / 'cache'}", "segment_seconds=0.5", "--runs", str(tmp_path / "runs")]
    assert main(words) == 0
    capfd.readouterr()
    assert main(words) == 0
    assert "1 reused" in "".join(capfd.readouterr())
    (page,) = tmp_path.glob("runs/leaderboard/*/leaderboard.html")
    before = page.read_bytes()
    assert main([*words, "--nets", "lda", "blocks"]) == 0
    assert page.read_bytes() == before  # another table has another page
    assert len(list(tmp_path.glob("runs/leaderboard/*/leaderboard.html"))) == 2
    assert len(list(tmp_path.glob("runs/leaderboard/*/leakage.json"))) == 1
    with open(page.parent / "leaderboard.csv", newline="") as file:
        origins = [row["origin"] for row in csv.DictReader(file)]
    assert {"ours", "leaking example", "others"} <= set(origins)
