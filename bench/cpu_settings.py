"""What the settings of ``gtzan/experiments/processes/cpu.py`` gain: time of training steps with and without each.

    python bench/cpu_settings.py [dense cnn convlstm] [--rounds 40] [--threads 2]

A process for each setting takes the same few training steps in turn with the others.
"""

import argparse
import ctypes
import sys
import time

from pairs import HEADINGS, Worker, answer, machine, ready, requested, table_head, take_turns

SHAPES = {"dense": (108,), "cnn": (1, 20, 128), "convlstm": (1, 20, 128)}
CLASSES, BATCH = 10, 32
OPENMP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "20000"}
SETTINGS = {"none": ({}, False), "OpenMP": (OPENMP, False), "malloc": ({}, True), "both": (OPENMP, True)}
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


def keep_freed_memory() -> None:
    """Let glibc keep large freed blocks instead of returning them to the kernel."""
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
    libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)


def worker(name: str, steps: int, threads: int) -> None:
    """A worker that takes ``steps`` training steps for each request."""
    import torch

    from gtzan.models.nets.cnn import Cnn
    from gtzan.models.nets.convlstm import ConvLstm
    from gtzan.models.nets.dense import Dense

    torch.set_num_threads(threads)
    net = {"dense": Dense, "cnn": Cnn, "convlstm": ConvLstm}[name](SHAPES[name], CLASSES)
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    x, y = torch.randn(BATCH, *SHAPES[name]), torch.randint(CLASSES, (BATCH,))
    ready()
    while requested():
        start = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
        answer(time.perf_counter() - start)


def measure(name: str, rounds: int, steps: int, threads: int) -> None:
    workers = {}
    for setting, (environment, keep) in SETTINGS.items():
        command = [sys.executable, __file__, name, "--worker", "--threads", str(threads), "--steps", str(steps)]
        workers[setting] = Worker(*command, *(["--keep"] if keep else []), **environment)
    turns = take_turns(workers, rounds)
    for process in workers.values():
        process.stop()
    none, *settings = SETTINGS
    for setting in settings:
        print(turns.row(f"{name}, {steps} steps", setting, none), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nets", nargs="*", default=["dense", "cnn", "convlstm"], metavar="NET")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=3, help="of each setting in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        if args.keep:
            keep_freed_memory()
        worker(args.nets[0], args.steps, args.threads)
        return
    print(machine("torch", threads=f"{args.threads} threads"))
    print(f"Batches of {BATCH}; how many times as fast the first is:\n")
    print(table_head(*HEADINGS))
    for name in args.nets:
        measure(name, args.rounds, args.steps, args.threads)


if __name__ == "__main__":
    main()
