"""Time things against each other in many short rounds that take turns, so that whatever else the machine does hits all.

A side does a round when called and returns its seconds; a :class:`Worker` is a side in a process of its own, which
imports and compiles once. Of a pair of sides are told the minimum and the median of each, and the ratio of both, with
its spread: from the 5th to the 95th percentile of what it would be in rounds drawn at random from those that there are.
"""

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

BUSY = 0.3  # cores that others may use without a warning
FLAGS = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "amx_bf16",
    "asimd",
    "bf16",
)  # that make training fast; the last two are ARM's
DRAWS = 1000
HEADINGS = ("pair", "rounds", "best, s", "median, s", "ratio of the best", "ratio of the medians", "others, cores")


@dataclass(frozen=True)
class Turns:
    """What the rounds took.

    Attributes:
        seconds: of each side, round by round.
        others: cores that other processes used meanwhile, on average; ``None`` where the system does not say.
    """

    seconds: dict[str, list[float]]
    others: float | None

    def row(self, name: str, ours: str, peer: str) -> str:
        """A row of the table: the ratios say how many times as fast ``ours`` is as ``peer``."""
        a, b = self.seconds[ours], self.seconds[peer]
        cells = [f"{name}: {ours} / {peer}", str(len(a))]
        cells += [f"{statistic(a):.3g} / {statistic(b):.3g}" for statistic in (min, statistics.median)]
        cells += [ratio(a, b, statistic) for statistic in (min, statistics.median)]
        return table_row(*cells, "unknown" if self.others is None else f"{self.others:.2f}")


def ratio(ours: Sequence[float], peer: Sequence[float], statistic: Callable[[Sequence[float]], float]) -> str:
    """How many times as fast ours is, such as ``1.20 [1.15, 1.31]``."""
    rng, rounds = random.Random(0), list(zip(ours, peer, strict=True))

    def of(pairs: Sequence[tuple[float, float]]) -> float:
        a, b = zip(*pairs, strict=True)
        return statistic(b) / statistic(a)

    drawn = sorted(of(rng.choices(rounds, k=len(rounds))) for _ in range(DRAWS))
    return f"{of(rounds):.2f} [{drawn[DRAWS // 20]:.2f}, {drawn[-DRAWS // 20]:.2f}]"


def take_turns(sides: Mapping[str, Callable[[], float]], rounds: int = 10) -> Turns:
    """Let each side do its rounds, after one that does not count; each round begins with another side.

    Warns where other processes kept the machine busy.
    """
    order = list(sides)
    for name in order:
        sides[name]()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    others = OtherLoad()
    for _ in range(rounds):
        for name in order:
            seconds[name].append(sides[name]())
        order.append(order.pop(0))
    load = others.cores()
    if load is None:
        print("whether the machine was busy is unknown: it has no /proc/stat", file=sys.stderr)
    elif load > BUSY:
        print(f"the machine was busy: other processes used {load:.1f} of its cores", file=sys.stderr)
    return Turns(seconds, load)


class Worker:
    """A side in a process of its own, which speaks :func:`ready`, :func:`requested` and :func:`answer`.

    Attributes:
        facts: what the process said when it was ready.
    """

    def __init__(self, *command: str, **environment: str) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=os.environ | environment, **pipes)
        self.facts = self._answer()

    def __call__(self) -> float:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._answer()

    def stop(self) -> dict:
        """End the process; returns its last words, if it has any."""
        self.process.stdin.close()
        said = self.process.stdout.read()
        self.process.wait()
        return json.loads(said) if said else {}

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"This has failed: {' '.join(self.process.args)}")
        return json.loads(line)


def ready(**facts: object) -> None:
    """In a worker: its imports are done."""
    answer(facts)


def requested() -> bool:
    """In a worker: wait for the next round; false where there is none."""
    return bool(sys.stdin.readline())


def answer(value: object) -> None:
    """In a worker: the seconds of a round, or its last words."""
    print(json.dumps(value), flush=True)


class OtherLoad:
    """Cores that others use from now on: processes but this one and its children, and the hypervisor's other guests."""

    def __init__(self) -> None:
        self.start, self.before = time.monotonic(), _others_seconds()

    def cores(self) -> float | None:
        """On average; ``None`` where the system does not say."""
        if self.before is None or (now := _others_seconds()) is None:
            return None
        return max(0.0, (now - self.before) / (time.monotonic() - self.start))


def _others_seconds() -> float | None:
    try:
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        pid = int(path.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), sum(map(int, fields[11:15]))  # with its children that have ended
    own = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= more
    busy = user + nice + system + irq + softirq + steal
    return (busy - sum(ticks[pid] for pid in own)) / os.sysconf("SC_CLK_TCK")


def machine(*libraries: str, threads: str) -> str:
    """A line on what is measured with: processor, flags, cores, threads, load, system, versions and date."""
    info = _cpu_info()
    name = info.get("model name") or platform.processor() or platform.machine()
    if "model" in info:
        name += f" (family {info['cpu family']}, model {info['model']})"
    there = (info.get("flags") or info.get("Features") or "").split()
    flags = " ".join(flag for flag in FLAGS if flag in there) if there else "unknown"
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
    versions = [f"Python {platform.python_version()}", *(f"{library} {version(library)}" for library in libraries)]
    return (
        f"{name}; flags: {flags}; {os.cpu_count()} cores, {threads}; load before: {load}; "
        f"{platform.system()}, {', '.join(versions)}; {date.today()}"
    )


def _cpu_info() -> dict[str, str]:
    try:
        first = Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}


def table_head(*headings: str) -> str:
    return "\n".join([table_row(*headings), table_row(*["---"] * len(headings))])


def table_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
