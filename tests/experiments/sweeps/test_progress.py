import time

import pytest

from gtzan.experiments.sweeps.progress import Progress, duration


class Watched:
    def __init__(self, state: str) -> None:
        self.state = state

    def read_state(self) -> str:
        return self.state


def test_a_line_counts_and_estimates_by_work():
    points = [(Watched(state=state), work) for state, work in
              (("finished", 20), ("running", 30), ("failed", 50), ("unfinished", 50))]  # fmt: skip
    progress = Progress(points)
    progress.start = time.monotonic() - 60
    assert progress.line() == "sweep: 1 of 4 done, 1 running, 1 failed, about 4 min left"


def test_it_speaks_only_when_something_changed(capsys):
    point = Watched(state="running")
    with Progress([(point, 1)], seconds=0.01):
        time.sleep(0.3)
        point.state = "finished"
        time.sleep(0.3)
    assert capsys.readouterr().err.splitlines() == [
        "sweep: 0 of 1 done, 1 running, 0 failed",
        "sweep: 1 of 1 done, 0 running, 0 failed",
    ]


@pytest.mark.parametrize(("seconds", "text"), [(5.4, "5 s"), (120, "2 min"), (9000, "2.5 h")])
def test_durations_are_for_people(seconds, text):
    assert duration(seconds) == text
