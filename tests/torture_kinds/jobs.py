"""The long jobs of gtzan at their smallest, and what each must leave behind."""

import csv
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from torture_kinds.commands import Command, Ended, run
from torture_kinds.faults import Fault, Lost
from torture_kinds.world import World

SMALL = ("segment_seconds=0.5", "features.n_mfcc=13", "logger=none", "split=50/50", "batch_size=8", "lr=0.01")
DENSE = ("model=dense", "model.net.hidden=[8]")
GENERATOR = (
    "model=generator_lstm",
    "model.net.lstm=8",
    "model.net.width=16",
    "model.net.style=4",
    "model.net.latent=4",
)
CLOCKS = ("seconds", "duration")  # metrics that tell how long it took


@dataclass(frozen=True)
class Job:
    """A command that takes a while.

    Attributes:
        words: the command, to be run in an empty folder.
        began: what is there as soon as its work has begun, as a pattern below that folder.
        results: what it leaves, as comparable values; two runs of it give the same.
        again: the command that goes on after an interruption; by default the same.
    """

    words: Callable[[World], list[str]]
    began: str
    results: Callable[[Path], dict]
    again: Callable[[World, Path], list[str]] | None = None

    def resume(self, world: World, folder: Path) -> list[str]:
        return self.again(world, folder) if self.again else self.words(world)


def _music(world: World) -> list[str]:
    cache = world.made("cache", lambda folder: None)
    return ["data=folder", f"data.root={world.music()}", f"cache={cache}"]


def _train(world: World) -> list[str]:
    return ["train", *_music(world), *SMALL, *DENSE, "epochs=150"]


def _resumed(world: World, folder: Path) -> list[str]:
    """What goes on with a training, if it has come as far as having a run folder."""
    runs = sorted(path.parent for path in folder.glob("runs/*/config.yaml"))
    return ["train", f"resume={runs[-1].relative_to(folder)}"] if runs else _train(world)


def _sweep(world: World) -> list[str]:
    return ["train", "-m", *_music(world), *SMALL, *DENSE, "seed=0,1", "epochs=15,30"]


def _synthesis(world: World) -> list[str]:
    made = models(world)
    voices = [f"ckpt={made / 'generator'}", f"judge={made / 'judge'}"]
    return ["synthesize", *voices, "genre=[pop,metal]", "n=6", "seconds=2", f"cache={made / 'cache'}", "logger=none"]


def models(world: World) -> Path:
    """The folder of three runs: ``guide``, ``judge`` and ``generator``."""
    return world.made("models", lambda folder: _train_models(world, folder))


def _train_models(world: World, folder: Path) -> None:
    music = ["data=folder", f"data.root={world.music()}", f"cache={folder / 'cache'}", *SMALL]
    guide = ["model=cnn", "model.net.channels=[8,8]", "epochs=10"]
    judge = ["model=judge", "seed=1", "epochs=10"]
    made = {"guide": guide, "judge": judge, "generator": [*GENERATOR, f"guide={folder / 'guide'}", "epochs=3"]}
    for name, overrides in made.items():
        words = [word for word in music if name != "generator" or not word.startswith("features")]
        run(["train", *words, *overrides, f"run_dir={folder / name}"], folder).expect(0)


def _paper(world: World) -> list[str]:
    fast = ["epochs=2", "segment_seconds=0.5", "split=50/50", "batch_size=8", "lr=0.01", "logger=none"]
    return ["gtzan", "paper", *_music(world), *fast]


def _files(pattern: str) -> Callable[[Path], dict]:
    """Digests of the files that match a pattern, by their places."""

    def results(folder: Path) -> dict:
        return {str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob(pattern))}

    return results


def _runs(pattern: str) -> Callable[[Path], dict]:
    """Metrics, predictions and weights of finished runs, by their places."""

    def results(folder: Path) -> dict:
        return {place(run, folder): run_results(run) for run in sorted(p.parent for p in folder.glob(pattern))}

    def place(run: Path, folder: Path) -> str:
        return "run" if run.parent.name == "runs" else str(run.relative_to(folder))

    return results


def run_results(run: Path) -> dict:
    """Metrics, predictions and weights of a finished run."""
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    results = {key: value for key, value in metrics.items() if key not in CLOCKS}
    if (run / "predictions.csv").exists():
        results["predictions"] = list(csv.reader((run / "predictions.csv").open(encoding="utf-8")))
    if (run / "checkpoints" / "last.ckpt").exists():
        results["weights"] = weights(run / "checkpoints" / "last.ckpt")
    for sound in sorted(run.glob("*.wav")) + sorted(run.glob("*.npy")):
        results[sound.name] = sha256(sound.read_bytes()).hexdigest()
    return results


def weights(checkpoint: Path) -> str:
    """A digest of a checkpoint's weights."""
    import torch

    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    digest = sha256()
    for name, tensor in sorted(state.items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


JOBS = {
    "extraction": Job(
        lambda world: ["gtzan", "features", "build", str(world.library()), "--to", "cache"],
        "cache/*.partial*",
        _files("cache/*/frames.npy"),
    ),
    "composing": Job(
        lambda world: ["gtzan", "data", "compose", "music", "--tracks-per-genre", "4", "--seconds", "2"],
        "music/composer.json",
        _files("music/*/*.[wm][ai][vd]"),
    ),
    "training": Job(_train, "runs/*/config.yaml", _runs("runs/*/metrics.json"), _resumed),
    "sweep": Job(_sweep, "runs/points/*/config.yaml", _runs("runs/points/*/metrics.json")),
    "synthesis": Job(_synthesis, "runs/*/*.wav", _runs("runs/*/metrics.json")),
    "paper": Job(_paper, "runs/points/*/config.yaml", _runs("runs/points/*/metrics.json")),
}


def uninterrupted(world: World, name: str) -> tuple[dict, float]:
    """A job's results where nothing came between, and the seconds of its work."""

    def make(folder: Path) -> None:
        command = Command(JOBS[name].words(world), folder)
        wait_for(command, folder, JOBS[name].began)
        started = time.monotonic()
        command.wait().expect(0)
        facts = {"results": JOBS[name].results(folder), "seconds": time.monotonic() - started}
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")

    facts = json.loads((world.made(f"whole-{name}", make) / "facts.json").read_text(encoding="utf-8"))
    return facts["results"], facts["seconds"]


def wait_for(command: Command, folder: Path, pattern: str, seconds: float = 120) -> None:
    """Return as soon as a file is there, or the command has ended."""
    end = time.monotonic() + seconds
    while command.process.poll() is None and time.monotonic() < end and not any(folder.glob(pattern)):
        time.sleep(0.01)


def finish(world: World, name: str, folder: Path, **environment: str) -> Ended:
    """Go on with a job that was interrupted, and compare what it leaves with what it leaves uninterrupted.

    Raises:
        Fault: it does not end well, or leaves something else.
    """
    job, (whole, _) = JOBS[name], uninterrupted(world, name)
    ended = run(job.resume(world, folder), folder, **environment).expect(0)
    require_same(job.results(folder), whole)
    return ended


def require_same(found: dict, wanted: dict) -> None:
    """Raises a fault that names the first thing that is missing or differs."""
    found = json.loads(json.dumps(found))  # as the wanted ones were stored
    if missing := [key for key in wanted if key not in found]:
        instead = next((f"; {key} is there instead" for key in found if key not in wanted), "")
        raise Lost(f"{missing[0]} is missing, {len(missing)} of {len(wanted)}{instead}")
    for key, value in wanted.items():
        if found[key] == value:
            continue
        if isinstance(value, dict):
            inner = [name for name in value if found[key].get(name) != value[name]]
            raise Lost(f"{key}: {', '.join(inner[:4])} differ from an uninterrupted run's")
        raise Lost(f"{key} differs from an uninterrupted run's")


def require_checkpoints(folder: Path) -> None:
    """Raises a fault where a run has checkpoints and none of them can be read."""
    for checkpoints in folder.glob("runs/**/checkpoints"):
        files = list(checkpoints.glob("*.ckpt"))
        if files and not any(map(_readable, files)):
            raise Lost(f"no checkpoint in {checkpoints.relative_to(folder)} can be read")


def _readable(checkpoint: Path) -> bool:
    try:
        weights(checkpoint)
    except Fault:
        raise
    except Exception:
        return False
    return True
