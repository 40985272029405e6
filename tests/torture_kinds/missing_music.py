"""Music that goes away and comes back during an extraction: never remembered as broken, never in other features."""

import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np
from torture_kinds.faults import Lost
from torture_kinds.world import World

SECONDS = 240


def cases(world: World) -> list[str]:
    if world.quick:
        return ["root away 0"]
    return [f"{way} {number}" for way in WAYS for number in range(4)]


def prepare(world: World) -> None:
    _whole(world)


def attempt(world: World, case: str, folder: Path) -> None:
    """Extract while the music goes away; then once more, with all of it there."""
    from gtzan.corpora.folder import folder_corpus
    from gtzan.data.store import FeatureStore
    from gtzan.errors import UserError

    rng, way = world.rng("missing_music", case), case.rpartition(" ")[0]
    music, cache = folder / "music", folder / "cache"
    shutil.copytree(world.library(), music)
    corpus = folder_corpus(music)
    stop = threading.Event()
    disturber = threading.Thread(target=WAYS[way], args=(music, rng, stop))
    disturber.start()
    stopped = ""
    try:
        FeatureStore.of(corpus, {}, cache)
    except UserError as error:
        stopped = str(error)
    finally:
        stop.set()
        disturber.join()
    if stopped and "broken" in stopped:
        raise Lost(f"music that was away is called broken: {stopped}")
    store = FeatureStore.of(corpus, {}, cache)
    if store.broken:
        name, reason = next(iter(store.broken.items()))
        raise Lost(f"{len(store.broken)} tracks that were away are remembered as broken, such as {name}: {reason}")
    if not np.array_equal(store.frames, _whole(world)):
        raise Lost("other features than of music that never went away")


def _whole(world: World) -> np.ndarray:
    def make(folder: Path) -> None:
        from gtzan.corpora.folder import folder_corpus
        from gtzan.data.store import FeatureStore

        np.save(folder / "frames.npy", FeatureStore.of(folder_corpus(world.library()), {}, folder / "cache").frames)

    return np.load(world.made("whole-library", make) / "frames.npy")


def _root_away(music: Path, rng: np.random.Generator, stop: threading.Event) -> None:
    """The whole folder, as when a disk is unplugged, for up to a second at a time."""
    elsewhere = music.with_name("elsewhere")
    while not stop.wait(rng.uniform(0, 0.5)):
        music.rename(elsewhere)
        time.sleep(rng.uniform(0.01, 1))
        elsewhere.rename(music)


def _file_away(music: Path, rng: np.random.Generator, stop: threading.Event) -> None:
    """One file after the other, for a moment."""
    files = sorted(music.rglob("*.wav"))
    while not stop.wait(rng.uniform(0, 0.02)):
        file = files[rng.integers(len(files))]
        file.rename(file.with_suffix(".away"))
        time.sleep(rng.uniform(0, 0.02))
        file.with_suffix(".away").rename(file)


def _deleted(music: Path, rng: np.random.Generator, stop: threading.Event) -> None:
    """A genre is deleted and copied back when the extraction has ended."""
    time.sleep(rng.uniform(0, 1.5))
    shutil.copytree(music / "pop", music.with_name("saved"))
    shutil.rmtree(music / "pop")
    stop.wait()
    shutil.copytree(music.with_name("saved"), music / "pop")


def _links_away(music: Path, rng: np.random.Generator, stop: threading.Event) -> None:
    """The files are links to a place that is away."""
    place = music.with_name("place")
    music.rename(place)
    for file in sorted(place.rglob("*.wav")):
        link = music / file.relative_to(place)
        link.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(file, link)
    _root_away(place, rng, stop)


WAYS = {"root away": _root_away, "file away": _file_away, "deleted": _deleted, "links away": _links_away}
