"""Seconds per training epoch: ours against a bare PyTorch loop, Keras on TensorFlow, ours in bfloat16, or ours while
another process is busy.

    python -m venv keras && keras/bin/pip install tensorflow-cpu
    python bench/training.py [dense cnn convlstm] --bare --keras keras/bin/python [--precision bf16-mixed]
    python bench/training.py [dense cnn convlstm] --versus bf16|busy

Ours is what ``train.py`` runs: Lightning's trainer, batches gathered from a feature store, standardiser, all scores.
The bare loop has the same net, optimizer and precision, and its batches gathered and standardised beforehand. Keras
runs ``model.fit`` on arrays in memory, in float32 whatever ours is. Each is a process that stays, and they take turns,
an epoch each.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

from pairs import HEADINGS, Turns, Worker, answer, machine, ready, requested, table_head, take_turns

from gtzan.experiments.processes.cpu import prepare_cpu, use_threads

FRAMES, MFCC, COLUMNS, CLASSES = 128, 20, 36, 10
SEGMENTS = {"dense": 4000, "cnn": 256, "convlstm": 128}
NETS = {"dense": "dense.Dense", "cnn": "cnn.Cnn", "convlstm": "convlstm.ConvLstm"}
THREADS = {"dense": 1}  # as in conf/model; of the others as many as torch takes


def datamodule(name: str, batch_size: int, segments: int):
    """A store of noise with one segment per track, and its data module."""
    import numpy as np

    from gtzan.corpora.corpus import Corpus, Track
    from gtzan.corpora.splits import Split
    from gtzan.data.datamodule import GenreDataModule
    from gtzan.data.store import FeatureStore
    from gtzan.data.views import Frames, Statistics

    rng = np.random.default_rng(0)
    tracks = tuple(Track(str(i), f"genre {i % CLASSES}", Path(str(i))) for i in range(segments))
    store = FeatureStore(
        path=Path("noise"),
        corpus=Corpus("noise", tracks, Path(".")),
        frames=rng.standard_normal((segments * FRAMES, COLUMNS), dtype=np.float32),
        offsets=np.arange(segments) * FRAMES,
        lengths=np.full(segments, FRAMES),
        broken={},
        settings={"sample_rate": 22050, "hop_length": 512},
        columns={"mfcc": (0, MFCC), "others": (MFCC, COLUMNS)},
    )
    view = Statistics(("mfcc", "others"), ("mean", "std")) if name == "dense" else Frames()
    everything = np.arange(segments)
    return GenreDataModule(store, Split("all", everything, everything), view, batch_size, FRAMES * 512 / 22050)


def classifier(name: str, data):
    """The paper's, its standardiser fitted."""
    from lightning import seed_everything

    from gtzan.models.classifier import Classifier

    seed_everything(0, verbose=False)
    model = Classifier(
        net={"_target_": f"gtzan.models.nets.{NETS[name]}"},
        view={"_target_": f"gtzan.data.views.{type(data.view).__name__}"},
        input_shape=list(data.input_shape),
        classes=list(data.store.corpus.genres),
        features={},
        segment_seconds=3.0,
        optimizer={"_target_": "torch.optim.Adam", "lr": 1e-4, "fused": True},
        corpus="noise",
    )
    model.initialise(data)
    return model


def ours(model, data, precision: str) -> None:
    """A worker that trains as ``train.py`` does, an epoch for each request."""
    import lightning

    from gtzan.experiments.trainer import quiet_lightning

    quiet_lightning()
    warnings.filterwarnings("ignore")

    class Turn(lightning.Callback):
        """From one epoch's start to the next one's, so that nothing of what the trainer does is left out."""

        start: float | None = None

        def on_train_epoch_start(self, *_) -> None:
            if self.start is None:
                ready(parameters=sum(p.numel() for p in model.parameters()))
            else:
                answer(time.perf_counter() - self.start)
            if not requested():
                sys.exit()
            self.start = time.perf_counter()

    trainer_with(Turn(), precision).fit(model, data)


def trainer_with(callback, precision: str = "32-true"):
    """Lightning's trainer on the CPU, for as many epochs as a callback lets it have, which only trains."""
    import lightning

    return lightning.Trainer(
        max_epochs=-1,
        precision=precision,
        accelerator="cpu",
        logger=False,
        callbacks=[callback],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        use_distributed_sampler=False,
    )


def bare(model, data, precision: str) -> None:
    """A worker that trains the net alone, an epoch for each request, on batches that it has gathered beforehand."""
    import torch
    import torch.nn.functional as F

    with torch.no_grad():
        batches = [(model.standardiser(batch.x), batch.y) for batch in data.train_dataloader()]
    net, optimizer = model.net.train(), model.configure_optimizers()
    ready(parameters=sum(p.numel() for p in net.parameters()))
    while requested():
        start = time.perf_counter()
        for x, y in batches:
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16-mixed"):
                loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        answer(time.perf_counter() - start)


def save_arrays(data, path: str) -> None:
    """The data module's segments as Keras takes them: ``x`` and ``y``."""
    import numpy as np

    data.setup()
    batch = data.train[np.arange(len(data.train))]
    x = batch.x if batch.x.ndim == 2 else batch.x[:, 0].transpose(1, 2)
    np.savez(path, x=np.ascontiguousarray(x), y=batch.y)


def compare(name: str, args: argparse.Namespace) -> None:
    """Let the sides of a net take turns, and print a row for each pair."""
    size = ["--batch-size", str(args.batch_size), "--segments", str(args.segments or SEGMENTS[name])]

    def start(side: str, precision: str) -> Worker:
        return Worker(sys.executable, __file__, name, "--side", side, "--precision", precision, *size)

    with ExitStack() as stack:
        if args.versus == "busy":
            alone = start("ours", args.precision)
            sides = {"alone": alone, "beside a busy process": lambda: beside_a_busy_process(alone)}
            stack.callback(alone.stop)
            turns = take_turns(sides, args.rounds)
            print_rows(f"{name}, {args.precision}", turns)
            return
        if args.versus:
            sides = {"bfloat16": start("ours", "bf16-mixed"), "float32": start("ours", "32-true")}
        else:
            sides = {"ours": start("ours", args.precision)}
            if args.bare:
                sides["bare PyTorch"] = start("bare", args.precision)
        if args.keras:
            arrays = f"{stack.enter_context(tempfile.TemporaryDirectory())}/arrays.npz"
            save_arrays(datamodule(name, args.batch_size, args.segments or SEGMENTS[name]), arrays)
            script = Path(__file__).with_name("keras_models.py")
            sides["Keras"] = Worker(args.keras, str(script), name, arrays, str(args.batch_size))
        for worker in sides.values():
            stack.callback(worker.stop)
        turns = take_turns(sides, args.rounds)
    print_rows(name if args.versus else f"{name}, {args.precision}", turns)
    for side, worker in sides.items():
        print(f"{name}: {side} has {worker.facts['parameters']:,} parameters", file=sys.stderr)


def beside_a_busy_process(worker: Worker) -> float:
    """Seconds of a worker's round while another process keeps a core busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            return worker()
        finally:
            other.kill()


def print_rows(name: str, turns: Turns) -> None:
    first, *peers = turns.seconds
    for peer in peers:
        print(turns.row(name, first, peer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nets", nargs="*", default=list(NETS), metavar="NET", help="dense, cnn, convlstm")
    parser.add_argument("--bare", action="store_true", help="against a bare PyTorch loop")
    parser.add_argument("--keras", metavar="PYTHON", help="against Keras, by the Python that has it and TensorFlow")
    parser.add_argument(
        "--versus",
        choices=["bf16", "busy"],
        help="ours in bfloat16 against float32, or beside a busy process",
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--precision", default="32-true", choices=["32-true", "bf16-mixed"], help="of ours and bare")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--segments", type=int, help="of an epoch; by default what takes a second or so")
    parser.add_argument("--side", choices=["ours", "bare"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        (name,) = args.nets
        prepare_cpu()
        use_threads(THREADS.get(name))
        data = datamodule(name, args.batch_size, args.segments)
        {"ours": ours, "bare": bare}[args.side](classifier(name, data), data, args.precision)
        return
    if bool(args.versus) == bool(args.bare or args.keras):
        parser.error("name the peers: --bare, --keras PYTHON or both, or --versus")
    print(machine("torch", "lightning", threads="a thread for dense, else one per core"))
    print(f"Epochs of batches of {args.batch_size}; how many times as fast the first is:\n")
    print(table_head(*HEADINGS))
    for name in args.nets:
        compare(name, args)


if __name__ == "__main__":
    main()
