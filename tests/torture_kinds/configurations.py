"""Runs of strangers whose ``config.yaml`` names code: nothing of it is executed, whatever reads it."""

import shutil
import sys
import uuid
from pathlib import Path

import yaml
from torture_kinds.inside import call
from torture_kinds.jobs import models
from torture_kinds.payloads import TOUCH, lay, nodes, require_no_canary
from torture_kinds.world import World

SECONDS = 120
prepare = models

PLACES = (
    "data",
    "callbacks.extra",
    "callbacks.last",
    "logger",
    "trainer",
    "trainer.strategy",
    "trainer.profiler",
    "model.net",
    "model.view",
    "model.make",
    "model.results",
    "optimizer",
    "optimizer.lr",
    "epochs",
)
WAYS = ("report", "resume", "pca", "guide")
TAGS = f"!!python/object/apply:os.system ['{TOUCH}']"


def cases(world: World) -> list[str]:
    names = [f"{way} {place} {_usual(place)}" for way in WAYS for place in PLACES]
    names += [f"{way} data {node}" for way in ("report", "resume") for node in nodes("x")]
    names += [f"resume callbacks.extra {node}" for node in nodes("x")]
    names += [f"synthesize {place} {_usual(place)}" for place in ("data", "model.net", "callbacks.extra", "model.make")]
    names += [f"{way} tags yaml" for way in WAYS]
    names += [f"{way} nothing changed" for way in (*WAYS, "synthesize")]  # else all of this would try nothing
    return world.some(list(dict.fromkeys(names)), 3)


def attempt(world: World, case: str, folder: Path) -> None:
    way, place, node = case.split(" ", 2)
    source = models(world) / ("generator" if way == "synthesize" else "guide")
    module = f"evil_{uuid.uuid4().hex}"
    run = folder / "runs" / "RUN"
    shutil.copytree(source, run)
    lay(folder, module)
    if place == "tags":
        text = (run / "config.yaml").read_text(encoding="utf-8")
        (run / "config.yaml").write_text(text.replace("seed: 0", f"seed: {TAGS}"), encoding="utf-8")
    elif place != "nothing":
        _edit(run / "config.yaml", place, nodes(module)[node])
    sys.path.insert(0, str(folder))  # as it is for python -m
    try:
        ended = call(*_words(world, way))
    finally:
        sys.path.remove(str(folder))
    require_no_canary(folder)
    ended.expect(*([0] if place == "nothing" else [0, 2]))


def _usual(place: str) -> str:
    """A payload that the place would run; of a bare name, the import alone is ours to choose."""
    return "module beside" if place in ("model.make", "model.results") else "os.system"


def _words(world: World, way: str) -> list[str]:
    """What a user does with a stranger's run."""
    music = ["data=folder", f"data.root={world.music()}", f"cache={models(world) / 'cache'}", "segment_seconds=0.5"]
    tiny = ["model=generator", "model.net.width=8", "epochs=1", "split=50/50", "logger=none", "runs=mine"]
    judge = f"judge={models(world) / 'judge'}"
    return {
        "report": ["gtzan", "report", "runs/RUN"],
        "pca": ["gtzan", "pca", "runs/RUN"],
        "resume": ["train", "resume=runs/RUN"],
        "guide": ["train", "guide=runs/RUN", *music, *tiny],
        "synthesize": ["synthesize", "ckpt=runs/RUN", judge, "genre=pop", "n=1", "seconds=1", "runs=mine"],
    }[way]


def _edit(path: Path, place: str, node: dict) -> None:
    """Put a node into a configuration, at a dotted place."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    *parents, last = place.split(".")
    inner = config
    for parent in parents:
        inner[parent] = inner.get(parent) or {}
        inner = inner[parent]
    old = inner.get(last)
    if place in ("model.make", "model.results"):
        inner[last] = node["_target_"]
    elif place == "data":
        inner[last] = {**node, "store": None}
    elif place in ("trainer", "model.net", "model.view", "optimizer") and isinstance(old, dict):
        inner[last] = {**old, **node}
    else:
        inner[last] = node
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
