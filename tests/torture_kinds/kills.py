"""SIGKILL at random times: the same command completes, and leaves what it would have left without the kill."""

import signal
import time
from pathlib import Path

from torture_kinds.commands import Command
from torture_kinds.jobs import JOBS, finish, require_checkpoints, uninterrupted, wait_for
from torture_kinds.world import World

SECONDS = 1500
TRIES = {"extraction": 6, "composing": 2, "training": 6, "sweep": 3, "synthesis": 2, "paper": 1}


def cases(world: World) -> list[str]:
    if world.quick:
        return ["extraction 0"]
    return [f"{name} {number}" for name, tries in TRIES.items() for number in range(tries)]


def attempt(world: World, case: str, folder: Path) -> None:
    """Kill early, in the middle or late, by the number of the case."""
    name, number = case.split()
    kill(world, name, (int(number) + world.rng("kills", case).random()) / TRIES[name], folder)


def kill(world: World, name: str, share: float, folder: Path, **environment: str) -> None:
    """Kill a job after a share of its work, then go on with it."""
    _, seconds = uninterrupted(world, name)
    command = Command(JOBS[name].words(world), folder, **environment)
    wait_for(command, folder, JOBS[name].began)
    time.sleep(share * seconds)
    command.send(signal.SIGKILL)
    command.wait()
    require_checkpoints(folder)
    finish(world, name, folder, **environment)
