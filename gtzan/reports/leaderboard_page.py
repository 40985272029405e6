"""``leaderboard.html``: the table, the example of leakage, and what others have published."""

from pathlib import Path

from gtzan.experiments.leaderboard_table import LEAKING, NOTE, OTHERS, Leaderboard
from gtzan.experiments.sweeps.sweep import without_folders
from gtzan.files import write_atomically
from gtzan.reports import page


def write_leaderboard_page(folder: Path, board: Leaderboard) -> Path:
    """Write the page, which needs no other file, beside ``leaderboard.csv`` and ``leaderboard.md``; returns it.

    Raises:
        OSError: the folder cannot be written.
    """
    board.write(folder)
    html = page.render(
        "leaderboard.html.j2",
        board=board,
        given=without_folders(board.plan.given),
        notes={"ours": NOTE, "leaking": LEAKING, "others": OTHERS},
    )
    write_atomically(folder / "leaderboard.html", html)
    return folder / "leaderboard.html"
