"""A disk that is full: one sentence, and with room made the same command completes; a read-only cache serves."""

import shutil
from pathlib import Path

from torture_kinds.commands import run
from torture_kinds.faults import Accepted, Lost
from torture_kinds.jobs import JOBS, finish, models, require_checkpoints, uninterrupted
from torture_kinds.mounts import mount, remount, unmount
from torture_kinds.world import World

SECONDS = 900
TRIES = {"extraction": 2, "composing": 2, "training": 2, "sweep": 1, "synthesis": 1}
ROOM = 1 << 28


def cases(world: World) -> list[str]:
    if world.quick:
        return ["composing 1"]
    jobs = [f"{name} {number}" for name, tries in TRIES.items() for number in range(tries)]
    return [*jobs, "report 0", "report 1", "read-only cache"]


def attempt(world: World, case: str, folder: Path) -> None:
    name, _, number = case.partition(" ")
    disk = folder / "disk"
    if name == "report":
        _report(world, disk, (0.3, 0.9)[int(number)])
    elif name == "read-only":
        _read_only(world, folder)
    else:
        need = _size(world, name)
        _job(world, name, disk, int(need * (int(number) + world.rng("full_disk", case).random()) / TRIES[name]))


def _job(world: World, name: str, disk: Path, size: int) -> None:
    """A job in a folder on a disk that is too small for it."""
    mount(disk, max(size, 16 << 10))
    try:
        ended = run(JOBS[name].words(world), disk)
        _require_sentence(ended)
        require_checkpoints(disk)
        remount(disk, f"size={ROOM}")
        if ended.status:
            finish(world, name, disk)
    finally:
        unmount(disk)


def _require_sentence(ended) -> None:
    ended.expect(0, 1, 2)
    full = "full" in ended.output or "No space left" in ended.output or "space" in ended.output
    if ended.status and not full:
        raise Lost(f"status {ended.status} without a word about the disk: {ended.tail}")


def _report(world: World, disk: Path, share: float) -> None:
    """A report that does not fit onto the disk of its run."""
    source = models(world) / "guide"
    page = (source / "report.html").stat().st_size
    mount(disk, ROOM)
    try:
        shutil.copytree(source, disk / "runs" / "RUN")
        before = (disk / "runs" / "RUN" / "report.html").read_bytes()
        used = sum(path.stat().st_size + 8192 for path in disk.rglob("*"))
        remount(disk, f"size={int(used + share * page)}")
        words = ["gtzan", "report", "runs/RUN"]
        ended = run(words, disk)
        _require_sentence(ended)
        if ended.status and (disk / "runs" / "RUN" / "report.html").read_bytes() != before:
            raise Lost("the page that was there is gone")
        remount(disk, f"size={ROOM}")
        run(words, disk).expect(0)
    finally:
        unmount(disk)


def _read_only(world: World, folder: Path) -> None:
    """A cache that is filled, but cannot be written."""
    cache = folder / "cache"
    mount(cache, ROOM)
    try:
        words = [f"cache={cache}" if word.startswith("cache=") else word for word in JOBS["training"].words(world)]
        run([*words, "epochs=1"], folder).expect(0)
        remount(cache, "ro")
        ended = run(words, folder).expect(0)
        if "Extracting" in ended.output:
            raise Accepted("the features were extracted again")
    finally:
        unmount(cache)


def _size(world: World, name: str) -> int:
    """What a job leaves, in bytes, each file counted in whole pages."""
    uninterrupted(world, name)
    folder = world.folder / "made" / f"whole-{name}"
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())
