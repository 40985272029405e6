"""Runs, caches and temporary files on different file systems, with a kill in between."""

from pathlib import Path

from torture_kinds.commands import run
from torture_kinds.jobs import JOBS, require_same, uninterrupted
from torture_kinds.kills import kill
from torture_kinds.mounts import mount, unmount
from torture_kinds.world import World

SECONDS = 900
TRIES = {"training": 3, "sweep": 1, "extraction": 1}
ROOM = 1 << 29


def cases(world: World) -> list[str]:
    if world.quick:
        return ["temporary elsewhere, extraction 0"]
    ways = ("temporary elsewhere", "work elsewhere")
    kills = [f"{way}, {name} {n}" for way in ways for name, tries in TRIES.items() for n in range(tries)]
    return [*kills, "cache elsewhere", "runs elsewhere"]


def attempt(world: World, case: str, folder: Path) -> None:
    other = folder / "other"
    mount(other, ROOM)
    try:
        way, _, rest = case.partition(", ")
        if not rest:
            _whole(world, folder, other, way.split()[0])
            return
        name, number = rest.split()
        share = (int(number) + world.rng("file_systems", case).random()) / TRIES[name]
        if way == "temporary elsewhere":
            work = folder / "work"
            work.mkdir()
            kill(world, name, share, work, TMPDIR=str(other))
        else:
            kill(world, name, share, other)
    finally:
        unmount(other)


def _whole(world: World, folder: Path, other: Path, key: str) -> None:
    """A training from its start to its end, with one of its places elsewhere."""
    words = [word for word in JOBS["training"].words(world) if not word.startswith(f"{key}=")]
    run([*words, f"{key}={other / key}"], folder).expect(0)
    place = other if key == "runs" else folder
    require_same(JOBS["training"].results(place), uninterrupted(world, "training")[0])
