"""Single flipped bits in every file that gtzan keeps: noticed, or harmless; never other numbers."""

import functools
import shutil
import signal
from pathlib import Path

import numpy as np
from torture_kinds.commands import Command
from torture_kinds.faults import Accepted, Lost
from torture_kinds.inside import call
from torture_kinds.jobs import models, wait_for
from torture_kinds.stores import facts, open_or_refuse, stored
from torture_kinds.world import World

SECONDS = 120
FLIPS = {
    "frames.npy": 200,
    "store.json": 200,
    "last.ckpt": 200,
    "fingerprints.json": 40,
    "shard": 16,
    "metrics.json": 20,
    "config.yaml": 20,
}


def cases(world: World) -> list[str]:
    if world.quick:
        return [f"{name} {number}" for name in ("frames.npy", "store.json") for number in range(10)]
    return [f"{name} {number}" for name, flips in FLIPS.items() for number in range(flips)]


def attempt(world: World, case: str, folder: Path) -> None:
    name, number = case.split()
    rng = world.rng("bits", case)
    # Every eighth flip hits the beginning, where the headers are.
    CHECKS[name](world, folder, lambda path: flip(path, rng, first=128 if int(number) % 8 == 0 else None))


def flip(path: Path, rng: np.random.Generator, first: int | None = None) -> None:
    """Change one random bit of a file, or of its first bytes."""
    data = bytearray(path.read_bytes())
    data[rng.integers(min(first or len(data), len(data)))] ^= 1 << rng.integers(8)
    path.write_bytes(data)


@functools.cache
def _wanted(world: World) -> dict:
    return facts(world)


def _store(name: str):
    def check(world: World, folder: Path, flip_in) -> None:
        shutil.copytree(stored(world), folder / "store")
        flip_in(folder / "store" / name)
        open_or_refuse(folder / "store", _wanted(world))

    return check


def _checkpoint(world: World, folder: Path, flip_in) -> None:
    from gtzan.errors import UserError
    from gtzan.models.checkpoints import load_model
    from gtzan.models.classifier import Classifier

    path = models(world) / "guide" / "checkpoints" / "last.ckpt"
    copy = Path(shutil.copy(path, folder))
    flip_in(copy)
    try:
        model, original = load_model(Classifier, copy, "a classifier"), load_model(Classifier, path, "a classifier")
    except UserError:
        return
    if dict(model.hparams) != dict(original.hparams):
        raise Accepted("other settings")
    wanted = original.state_dict()
    if not all(value.equal(wanted[name]) for name, value in model.state_dict().items()):
        raise Accepted("other weights")


def _fingerprints(world: World, folder: Path, flip_in) -> None:
    from gtzan.corpora.folder import folder_corpus
    from gtzan.data.store import FeatureStore

    cache = folder / "cache"
    shutil.copytree(stored(world).parent, cache)
    flip_in(cache / "fingerprints.json")
    store = FeatureStore.of(folder_corpus(world.music()), {"n_mfcc": 13}, cache)
    if not np.array_equal(store.frames, _wanted(world)["frames"]):
        raise Accepted("other features")


def _interrupted(world: World) -> Path:
    """A cache whose extraction was killed when some shards were written."""

    def make(folder: Path) -> None:
        command = Command(["gtzan", "features", "build", str(world.library()), "--to", "cache"], folder)
        wait_for(command, folder, "cache/*.partial*/shard-00001.json")
        command.send(signal.SIGKILL)
        command.wait()

    return world.made("interrupted", make) / "cache"


def _whole(world: World) -> np.ndarray:
    def make(folder: Path) -> None:
        from gtzan.corpora.folder import folder_corpus
        from gtzan.data.store import FeatureStore

        np.save(folder / "frames.npy", FeatureStore.of(folder_corpus(world.library()), {}, folder / "cache").frames)

    return np.load(world.made("whole-library", make) / "frames.npy")


def _shard(world: World, folder: Path, flip_in) -> None:
    from gtzan.corpora.folder import folder_corpus
    from gtzan.data.store import FeatureStore

    whole, cache = _whole(world), folder / "cache"
    shutil.copytree(_interrupted(world), cache)
    files = sorted(path for path in cache.glob("*.partial*/*") if path.stat().st_size)  # locks are empty
    if not files:
        raise Lost("an extraction that was killed has left nothing to go on with")
    flip_in(files[int(folder.stat().st_ino) % len(files)])
    store = FeatureStore.of(folder_corpus(world.library()), {}, cache)
    if not np.array_equal(store.frames, whole):
        raise Accepted("other features")


def _run_file(name: str):
    def check(world: World, folder: Path, flip_in) -> None:
        run = folder / "runs" / "RUN"
        shutil.copytree(models(world) / "guide", run)
        flip_in(run / name)
        call("gtzan", "report", str(run)).expect(0, 1, 2)
        if name == "metrics.json":
            music = [f"data.root={world.music()}", f"cache={models(world) / 'cache'}", "segment_seconds=0.5"]
            call("gtzan", "predict", "--model", "runs", str(world.music() / "pop" / "pop.00000.wav")).expect(0, 1, 2)
            call("synthesize", "data=folder", *music, "ckpt=nope", "runs=runs").expect(2)

    return check


CHECKS = {
    "frames.npy": _store("frames.npy"),
    "store.json": _store("store.json"),
    "last.ckpt": _checkpoint,
    "fingerprints.json": _fingerprints,
    "shard": _shard,
    "metrics.json": _run_file("metrics.json"),
    "config.yaml": _run_file("config.yaml"),
}
