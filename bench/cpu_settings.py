"""What the settings of ``gtzan/experiments/processes/cpu.py`` gain: time of training steps with and without each.

    python bench/cpu_settings.py [dense cnn convlstm] [--rounds 40] [--threads 2]

A process for each setting takes the same few training steps in turn, in rounds of a second or so, because other work on
the machine changes its speed from minute to minute. Printed are the minimum and the median over rounds of each time
divided by the time without settings in the same round: below 1 is a gain.
"""

import argparse
import ctypes
import json
import os
import platform
import statistics
import subprocess
import sys
import time

SHAPE, CLASSES, BATCH = (1, 20, 128), 10, 32
OPENMP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "20000"}
SETTINGS = {"none": ({}, False), "OpenMP": (OPENMP, False), "malloc": ({}, True), "both": (OPENMP, True)}
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


def keep_freed_memory() -> None:
    """Let glibc keep large freed blocks instead of returning them to the kernel."""
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
    libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)


def worker(name: str, threads: int) -> None:
    """For each number on the standard input, take as many training steps and print the seconds that they took."""
    import torch

    from gtzan.models.nets.cnn import Cnn
    from gtzan.models.nets.convlstm import ConvLstm
    from gtzan.models.nets.dense import Dense

    torch.set_num_threads(threads)
    net = {"dense": Dense, "cnn": Cnn, "convlstm": ConvLstm}[name](SHAPE, CLASSES)
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    x, y = torch.randn(BATCH, *SHAPE), torch.randint(CLASSES, (BATCH,))
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
        print(json.dumps(time.perf_counter() - start), flush=True)


def measure(name: str, rounds: int, steps: int, threads: int) -> None:
    workers = {}
    for setting, (environment, keep) in SETTINGS.items():
        command = [sys.executable, __file__, name, "--worker", "--threads", str(threads), *(["--keep"] if keep else [])]
        environment = {**os.environ, **environment}
        workers[setting] = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=environment)

    def take(setting: str) -> float:
        process = workers[setting]
        process.stdin.write(f"{steps}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    times = {setting: [] for setting in SETTINGS}
    order = list(SETTINGS)
    for setting in order:
        take(setting)  # allocates and chooses kernels
    for _ in range(rounds):
        for setting in order:
            times[setting].append(take(setting))
        order.append(order.pop(0))
    for process in workers.values():
        process.stdin.close()
        process.wait()
    plain = times["none"]
    print(f"{name}: {min(plain) / steps * 1000:.1f} ms a step at best without settings")
    for setting, seconds in times.items():
        ratios = [a / b for a, b in zip(seconds, plain, strict=True)]
        best = min(seconds) / min(plain)
        print(
            f"  {setting:7s} best {best:.2f}   median {statistics.median(ratios):.2f}   of {rounds} rounds", flush=True
        )


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
        worker(args.nets[0], args.threads)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, {args.threads} threads, batch size {BATCH}")
    for name in args.nets:
        measure(name, args.rounds, args.steps, args.threads)


if __name__ == "__main__":
    main()
