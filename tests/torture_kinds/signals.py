"""Ctrl-C and SIGTERM at random times: status 130 or 143, a line that says how to go on, and nothing lost."""

import re
import signal
import time
from pathlib import Path

from torture_kinds.commands import Command
from torture_kinds.faults import Lost
from torture_kinds.jobs import JOBS, finish, uninterrupted, wait_for
from torture_kinds.world import World

SECONDS = 1500
STATUS = {"SIGINT": 130, "SIGTERM": 143}
HOW = re.compile(r"goes? on|continue|resume|again", re.IGNORECASE)


def cases(world: World) -> list[str]:
    if world.quick:
        return ["SIGTERM extraction"]
    return [f"{name} {job}" for job in JOBS if job != "paper" for name in STATUS] + ["SIGINT paper"]


def attempt(world: World, case: str, folder: Path) -> None:
    name, job = case.split()
    whole, seconds = uninterrupted(world, job)
    command = Command(JOBS[job].words(world), folder)
    wait_for(command, folder, JOBS[job].began)
    # In the first half, so that the job does not end before the signal comes, whatever else this machine does.
    time.sleep(0.5 * world.rng("signals", case).random() * seconds)
    command.send(getattr(signal, name))
    ended = command.wait(60)
    if ended.status and JOBS[job].results(folder).keys() < whole.keys():  # else it was faster
        ended.expect(STATUS[name])
        if not HOW.search("\n".join(ended.output.splitlines()[-6:])):
            raise Lost(f"no line says how to go on: {ended.tail}")
    elif not JOBS[job].results(folder):
        raise Lost(f"status 0 without results: {ended.tail}")
    finish(world, job, folder)
