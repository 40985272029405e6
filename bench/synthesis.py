"""How long a loaded generator takes for a piece of music, from genre to mastered waveform.

python bench/synthesis.py RUN [--seconds S] [--repeat N]
"""

import argparse
import statistics
import time

import torch

from gtzan.experiments.runs.checkpoint_search import checkpoint_of
from gtzan.synthesis.synthesizer import Synthesizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="run folder or checkpoint of a generator")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--repeat", type=int, default=10)
    arguments = parser.parse_args()

    synthesizer = Synthesizer.load(checkpoint_of(arguments.run))
    synthesizer.sample(synthesizer.classes[0], 0, arguments.seconds)  # what is set up once
    times = []
    for number in range(arguments.repeat):
        start = time.perf_counter()
        synthesizer.sample(synthesizer.classes[number % len(synthesizer.classes)], number, arguments.seconds)
        times.append(time.perf_counter() - start)
    span = f"{statistics.median(times):.2f} s [{min(times):.2f}, {max(times):.2f}]"
    print(f"{arguments.seconds:g} s of music: {span}, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
