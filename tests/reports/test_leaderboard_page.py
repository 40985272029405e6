"""The leaderboard's page opens offline, and keeps ours, the example and others apart."""

import re

from gtzan.reports.leaderboard_page import write_leaderboard_page
from tests.experiments.test_leaderboard import board


def test_it_opens_offline_and_says_that_music_is_synthetic(tmp_path):
    html = write_leaderboard_page(tmp_path, board()).read_text()
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert "synthetic music composed by rules" in html
    headings = re.findall(r"<h2[^>]*>([^<]+)", html)
    assert headings == ["Ours: accuracy in %", "Leakage by example", "Published by others", "Commands"]
    assert re.findall(r'<th scope="row">([^<]*) <span class="chip wrong">', html) == ["segment"]  # in sight on a phone
    assert not re.search(r"<th[^>]*></th>", html)
    assert (tmp_path / "leaderboard.csv").exists()
