"""What 100,000 tracks cost against 1,000: training steps, memory, start-up, splits and checks; and 1,000 points.

    python bench/scale.py [--nets dense cnn] [--rounds 10] [--tracks 100000] [--points 1000]

The tracks are 3 s of noise each, in two feature stores, memory-mapped as all are. A process for each opens its store
and trains, and the two take turns. What is measured once, with the files in the page cache, is in the second table.
The points of the third are copies of one that is trained first, with other overrides and another accuracy.
"""

import argparse
import json
import logging
import math
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from pairs import HEADINGS, Worker, answer, machine, ready, requested, table_head, table_row, take_turns

from gtzan.experiments.processes.cpu import prepare_cpu, use_threads

FEW, BATCH = 1000, 32
ROOT = Path(__file__).parents[1]
TINY = ("data=builtin", "data.tracks_per_genre=2", "data.seconds=1", "split=50/50", "segment_seconds=1", "epochs=1")
KILOBYTE = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss


def seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def own_memory() -> float:
    """Without the pages of mapped files, which the system may take back; NaN where it does not say."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return math.nan


def train(folder: Path, net: str, steps: int) -> None:
    """A worker that starts as ``train.py`` does with this store, then trains ``steps`` steps for each request."""
    import lightning
    import sklearn.model_selection  # noqa: F401  (no import belongs to what is timed)
    from noise import SECONDS
    from training import classifier, trainer_with

    from gtzan.corpora.splits import make_split
    from gtzan.data.datamodule import GenreDataModule
    from gtzan.data.store import FeatureStore
    from gtzan.data.views import Frames, Statistics
    from gtzan.experiments.trainer import quiet_lightning

    quiet_lightning()
    warnings.filterwarnings("ignore")
    clock = [time.perf_counter()]
    store = FeatureStore.open(folder)
    clock.append(time.perf_counter())
    split = make_split(store.corpus, "artist")
    clock.append(time.perf_counter())
    data = GenreDataModule(store, split, Statistics() if net == "dense" else Frames(), BATCH, SECONDS)
    data.setup()
    clock.append(time.perf_counter())
    model = classifier(net, data)
    clock.append(time.perf_counter())

    class Steps(lightning.Callback):
        """Times steps, each with the fetching of its batch; an epoch's first, which has to shuffle, does not count."""

        done, taken = 0, 0.0

        def on_train_epoch_start(self, *_) -> None:
            self.since = None

        def on_train_batch_end(self, *_) -> None:
            now = time.perf_counter()
            if len(clock) < 6:
                clock.append(now)
                names = ("opening the store", "split=artist", "data module", "standardiser", "to the first step")
                ready(**{name: b - a for name, (a, b) in zip(names, pairwise(clock), strict=True)})
                self.wait()
            elif self.since is not None:
                self.done, self.taken = self.done + 1, self.taken + now - self.since
                if self.done == steps:
                    answer(self.taken)
                    self.wait()
            self.since = time.perf_counter()

        def wait(self) -> None:
            if not requested():
                self.say_goodbye()
            self.done, self.taken = 0, 0.0

        def say_goodbye(self) -> None:
            checkpoint, scores = seconds(data.state_dict), seconds(model.train_scores.compute)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE / 2**20
            memory = {"peak memory, MiB": peak, "of it its own at the end, MiB": own_memory()}
            answer({"data in a checkpoint": checkpoint, "an epoch's scores": scores, **memory})
            sys.exit()

    trainer_with(Steps()).fit(model, data)


def compare_training(net: str, stores: dict[str, Path], rounds: int, steps: int) -> list[str]:
    """Print the row of a net's steps; returns the rows of what its processes measured once."""
    few, many = stores
    with ExitStack() as stack:
        workers = {}
        for name, folder in stores.items():
            command = [sys.executable, __file__, "--worker", str(folder), "--nets", net, "--steps", str(steps)]
            workers[name] = Worker(*command)
            stack.callback(workers[name].stop)
        print(take_turns(workers, rounds).row(f"{net}, {steps} steps", many, few), flush=True)
        measured = [worker.facts | worker.stop() for worker in workers.values()]
    return [comparison(f"{net}: {name}", *(values[name] for values in measured)) for name in measured[0]]


def comparison(name: str, few: float, many: float) -> str:
    return table_row(name, f"{few:.3g}", f"{many:.4g}", f"{many / few:.1f}")


def measures(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Splits of every protocol, and the checks that need no audio."""
    import sklearn.model_selection  # noqa: F401  (as above)

    from gtzan.corpora.splits import make_split
    from gtzan.corpora.train_share import with_train_share
    from gtzan.data.health import findings
    from gtzan.data.store import FeatureStore

    store = FeatureStore.open(folder)
    corpus = store.corpus
    unique = replace(corpus, tracks=tuple(replace(track, recording=None) for track in corpus.tracks))
    for protocol in ("80/20", "kfold"):
        yield f"split={protocol}", partial(make_split, unique, protocol)
        yield f"split={protocol}, of 1 % repeated recordings", partial(make_split, corpus, protocol)
    for protocol in ("artist", "fault_filtered", "predefined"):
        yield f"split={protocol}", partial(make_split, corpus, protocol)
    split = make_split(corpus, "artist")
    yield "train_share=0.5", lambda: with_train_share(split, corpus, 0.5, 0)
    yield "genres=[…], five of ten", lambda: corpus.only(corpus.genres[:5])
    yield "naming broken files, 1 %", lambda: store.checked("skip")
    yield "checks of the report", lambda: findings(store, split, split.artist_overlap(corpus))


def finished_points(folder: Path, n: int) -> Path:
    """A sweep of ``n`` finished points; returns its folder."""
    places = (f"cache={folder}/cache", f"runs={folder}/runs", f"data.root={folder}/music", "logger=none")
    command = [sys.executable, "train.py", "model=dense", *TINY, *places, "-m", "seed=0"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (sweep,) = (folder / "runs" / "sweeps").iterdir()
    (point,) = (folder / "runs" / "points").iterdir()
    described = json.loads((sweep / "sweep.json").read_text())
    metrics = json.loads((point / "metrics.json").read_text())
    points = []
    for i in range(n):
        copy = folder / "copies" / "points" / f"{i:05d}"
        copy.mkdir(parents=True)
        for name in ("config.yaml", "point.json", "history.csv", "predictions.csv"):
            shutil.copy(point / name, copy)
        (copy / "report.html").touch()  # only whether there is one counts
        (copy / "metrics.json").write_text(json.dumps(metrics | {"test/accuracy": (i * 7919 % n) / n}, indent=2))
        overrides = {"batch_size": str(8 + i // 100), "lr": f"{1 + i // 10 % 10}e-4", "seed": str(i % 10)}
        points.append({**described["points"][0], "overrides": overrides, "folder": f"../../points/{i:05d}"})
    copies = folder / "copies" / "sweeps" / "many"
    copies.mkdir(parents=True)
    (copies / "sweep.json").write_text(json.dumps(described | {"points": points}))
    return copies


def compare_points(n: int) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        sweeps = [finished_points(Path(one), 1), finished_points(Path(many), n)]
        print("\n" + table_head("best and median of 3, s", "1 point", f"{n:,} points"))
        for name, command, below in (
            ("gtzan table, of a sweep", "table", "."),
            ("gtzan table, of a folder of runs", "table", "../../points"),
            ("gtzan report, of a sweep", "report", "."),
        ):
            cells = []
            for sweep in sweeps:
                call = [sys.executable, "-m", "gtzan", command, str((sweep / below).resolve())]
                taken = [seconds(partial(subprocess.run, call, check=True, capture_output=True)) for _ in range(3)]
                cells.append(f"{min(taken):.2f}, {statistics.median(taken):.2f}")
            print(table_row(name, *cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nets", nargs="*", default=["dense", "cnn"], metavar="NET", help="dense, cnn, convlstm")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=20, help="in a round")
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=1000, help="of a sweep; 0 leaves them out")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        from training import THREADS

        prepare_cpu()
        use_threads(THREADS.get(args.nets[0]))
        train(args.worker, args.nets[0], args.steps)
        return
    from noise import write_store

    logging.disable()
    print(machine("torch", "lightning", threads="a thread for dense, else one per core") + "\n")
    with tempfile.TemporaryDirectory() as folder:
        stores = {f"{n:,} tracks": Path(folder) / str(n) for n in (FEW, args.tracks)}
        for n, store in zip((FEW, args.tracks), stores.values(), strict=True):
            write_store(store, n)
        print(table_head(*HEADINGS))
        once = [row for net in args.nets for row in compare_training(net, stores, args.rounds, args.steps)]
        print("\n" + table_head("once, s", *stores, "ratio"), *once, sep="\n", flush=True)
        for (name, few), (_, many) in zip(*map(measures, stores.values()), strict=True):
            print(comparison(name, seconds(few), seconds(many)), flush=True)
    if args.points:
        compare_points(args.points)


if __name__ == "__main__":
    main()
