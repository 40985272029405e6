"""Eight starts of the same command at the same time, in the same folder: each ends well, and the work is done right."""

from pathlib import Path

from torture_kinds.commands import Command
from torture_kinds.faults import Lost
from torture_kinds.jobs import JOBS, require_same, uninterrupted
from torture_kinds.world import World

SECONDS = 900
WORKERS = 1
STARTS = 8


def cases(world: World) -> list[str]:
    return world.some(["extraction", "composing", "training", "sweep"])


def attempt(world: World, case: str, folder: Path) -> None:
    whole, _ = uninterrupted(world, case)
    words = JOBS[case].words(world)
    words = [f"cache={folder / 'cache'}" if word.startswith("cache=") else word for word in words]
    commands = [Command(words, folder) for _ in range(2 if world.quick else STARTS)]
    ends = [command.wait(600) for command in commands]
    for ended in ends:
        ended.expect(0)
    require_same(JOBS[case].results(folder), whole)
    if case == "training" and len(list(folder.glob("runs/*/metrics.json"))) != len(commands):
        raise Lost(f"{len(list(folder.glob('runs/*/metrics.json')))} runs of {len(commands)} trainings")
