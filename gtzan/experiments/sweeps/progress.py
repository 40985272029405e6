"""Progress of a sweep: a line on the standard error whenever a point is done."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence

from gtzan.experiments.sweeps.points import Point


class Progress:
    """Watches the folders of points, which any launcher's workers fill, and writes a line to the standard error.

    Use it as a context.

    Args:
        points: those to be done, and the work in each, in any unit.
        seconds: between two looks.
    """

    def __init__(self, points: Sequence[tuple[Point, float]], seconds: float = 1.0) -> None:
        self.points, self.seconds = points, seconds
        self.states: dict[Point, str] = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Progress":
        self.start = time.monotonic()
        if self.points:
            self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        if self.points:
            self.thread.join()

    def line(self) -> str:
        """Such as ``sweep: 3 of 18 done, 1 running, 0 failed, about 12 min left``."""
        states = self._states()
        n = Counter(states)
        line = f"sweep: {n['finished']} of {len(states)} done, {n['running']} running, {n['failed']} failed"
        work = [work for _, work in self.points]
        done = sum(w for w, state in zip(work, states, strict=True) if state == "finished")
        left = sum(w for w, state in zip(work, states, strict=True) if state in ("running", "unfinished"))
        if done and left:
            line += f", about {duration(left / done * (time.monotonic() - self.start))} left"
        return line

    def _states(self) -> list[str]:
        for point, _ in self.points:
            if self.states.get(point) != "finished":  # which it stays
                self.states[point] = point.read_state()
        return [self.states[point] for point, _ in self.points]

    def _watch(self) -> None:
        shown = None
        while not self.over.wait(self.seconds):
            n = Counter(self._states())
            # Between two points nothing runs for a moment, which is not worth a line.
            if (n["finished"], n["failed"]) != shown and (n["running"] or not n["unfinished"]):
                shown = n["finished"], n["failed"]
                sys.stderr.write(f"{self.line()}\n")
                sys.stderr.flush()


def duration(seconds: float) -> str:
    """For people: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
