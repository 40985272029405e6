"""Seconds per training epoch, ours against Keras on TensorFlow: the same arrays, the same nets, taking turns.

    python -m venv keras && keras/bin/pip install tensorflow-cpu
    python bench/training.py --keras keras/bin/python [dense cnn convlstm] [--rounds 3] [--precision bf16-mixed]

Ours is what ``train.py`` runs: Lightning's trainer, batches gathered from a feature store, standardiser, all scores.
Keras runs ``model.fit`` on arrays in memory. Each round is a process of each in turn, on as many cores; the first epoch
of a round, which compiles and allocates, is left out, and the median of the others counts.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from gtzan.experiments.processes.cpu import prepare_cpu, use_threads

SEGMENTS, FRAMES, MFCC, COLUMNS, CLASSES, BATCH = {"dense": 1000, "cnn": 500, "convlstm": 500}, 128, 20, 36, 10, 32
NETS = {"dense": "dense.Dense", "cnn": "cnn.Cnn", "convlstm": "convlstm.ConvLstm"}


def datamodule(name: str):
    """A store of noise with one segment per track, and its data module."""
    import numpy as np

    from gtzan.corpora.corpus import Corpus, Track
    from gtzan.corpora.splits import Split
    from gtzan.data.datamodule import GenreDataModule
    from gtzan.data.store import FeatureStore
    from gtzan.data.views import Frames, Statistics

    n = SEGMENTS[name]
    rng = np.random.default_rng(0)
    tracks = tuple(Track(str(i), f"genre {i % CLASSES}", Path(str(i))) for i in range(n))
    store = FeatureStore(
        path=Path("noise"),
        corpus=Corpus("noise", tracks, Path(".")),
        frames=rng.standard_normal((n * FRAMES, COLUMNS), dtype=np.float32),
        offsets=np.arange(n) * FRAMES,
        lengths=np.full(n, FRAMES),
        broken={},
        settings={"sample_rate": 22050, "hop_length": 512},
        columns={"mfcc": (0, MFCC), "others": (MFCC, COLUMNS)},
    )
    view = Statistics(("mfcc", "others"), ("mean", "std")) if name == "dense" else Frames()
    everything = np.arange(n)
    return GenreDataModule(store, Split("all", everything, everything), view, BATCH, FRAMES * 512 / 22050)


def ours(name: str, epochs: int, precision: str) -> dict:
    """Train as ``train.py`` does; the seconds of each epoch."""
    import logging
    import time
    import warnings

    import lightning

    from gtzan.models.classifier import Classifier

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    seconds = []

    class Clock(lightning.Callback):
        def on_train_epoch_start(self, *_):
            self.start = time.perf_counter()

        def on_train_epoch_end(self, *_):
            seconds.append(time.perf_counter() - self.start)

    data = datamodule(name)
    classifier = Classifier(
        net={"_target_": f"gtzan.models.nets.{NETS[name]}"},
        view={"_target_": f"gtzan.data.views.{type(data.view).__name__}"},
        input_shape=list(data.input_shape),
        classes=list(data.store.corpus.genres),
        features={},
        segment_seconds=3.0,
        optimizer={"_target_": "torch.optim.Adam", "lr": 1e-4, "fused": True},
        corpus="noise",
    )
    classifier.standardiser.fit(*data.statistics())
    trainer = lightning.Trainer(
        max_epochs=epochs,
        precision=precision,
        accelerator="cpu",
        logger=False,
        callbacks=[Clock()],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        use_distributed_sampler=False,
    )
    trainer.fit(classifier, data)
    return {"parameters": sum(p.numel() for p in classifier.parameters()), "seconds": seconds}


def arrays(name: str, path: str) -> None:
    """The data module's segments as Keras takes them: ``x`` and ``y``."""
    import numpy as np

    data = datamodule(name)
    data.setup()
    batch = data.train[np.arange(SEGMENTS[name])]
    x = batch.x if name == "dense" else batch.x[:, 0].transpose(1, 2)
    np.savez(path, x=np.ascontiguousarray(x), y=batch.y)


def last_json(*command: str) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(name: str, keras: str, rounds: int, epochs: int, precision: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/arrays.npz"
        arrays(name, path)
        ratios, times = [], []
        for _ in range(rounds):
            mine = last_json(
                sys.executable, __file__, name, "--ours", "--epochs", str(epochs), "--precision", precision
            )
            peer = last_json(keras, f"{Path(__file__).parent}/keras_models.py", name, path, str(epochs), str(BATCH))
            pair = [statistics.median(side["seconds"][1:]) for side in (mine, peer)]
            times.append(pair)
            ratios.append(pair[1] / pair[0])
    a, b = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{name:9s} ours {a:7.3f} s   Keras {b:7.3f} s   {statistics.median(ratios):5.2f} × as fast "
        f"[{min(ratios):.2f}, {max(ratios):.2f}]   parameters {mine['parameters']:,} / {peer['parameters']:,}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=list(NETS), metavar="MODEL", help="dense, cnn, convlstm")
    parser.add_argument("--keras", help="the Python that has Keras and TensorFlow")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--precision", default="32-true", help="of ours, as Lightning takes it")
    parser.add_argument("--ours", action="store_true", help="only time ours, in this process, and print JSON")
    args = parser.parse_args()
    if args.ours:
        prepare_cpu()
        use_threads(1 if args.models[0] == "dense" else None)  # as in conf/model
        print(json.dumps(ours(args.models[0], args.epochs, args.precision)))
        return
    if not args.keras:
        parser.error("--keras is needed: the Python of an environment with tensorflow-cpu")
    print(f"{platform.machine()}, {os.cpu_count()} cores; seconds per epoch, batch size {BATCH}, {args.precision}")
    for name in args.models:
        compare(name, args.keras, args.rounds, args.epochs, args.precision)


if __name__ == "__main__":
    main()
