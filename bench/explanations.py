"""Whether explanations say something about the net: a sanity check and a deletion check on a run's held-out tracks.

    python bench/explanations.py runs/RUN [--limit N] [--occluded GAIN]

Sanity (Adebayo et al., NeurIPS 2018): Spearman's rank correlation of the cells' evidence with that after the net's
weights were shuffled. Deletion: the probability of the predicted genre when a fifth of all cells is 20 dB softer, or
silent: those with the most evidence, random ones, and those with the least.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr

from gtzan.audio.cells import Cells
from gtzan.audio.files import read_audio
from gtzan.cli.robust import held_out_tracks, in_turn
from gtzan.evaluation import explanation
from gtzan.experiments.runs.folder import RunFolder
from gtzan.models.predictor import Predictor

SHARE = 0.2
REMOVED = {"20 dB softer": 0.1, "silent": 0.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="run folder of a classifier")
    parser.add_argument("--limit", type=int, default=20, help="held-out tracks, genres in turn (default: %(default)s)")
    parser.add_argument("--occluded", type=float, default=explanation.OCCLUDED, help="amplitude of an occluded cell")
    args = parser.parse_args()
    torch.set_num_threads(1)
    explanation.OCCLUDED = args.occluded
    run = RunFolder(args.run)
    _, tracks, label = held_out_tracks(run)
    tracks = in_turn(tracks)[: args.limit]
    predictor = Predictor.load(run.checkpoint)
    correlations, probabilities, seconds = [], [], []
    for number, track in enumerate(tracks):
        waveform = read_audio(track.path, predictor.sample_rate)
        start = time.process_time()
        found = explanation.explain(predictor, waveform)
        seconds.append(time.process_time() - start)
        with explanation.shuffled_weights(predictor, number):
            shuffled = explanation.explain(predictor, waveform, found.genre)
        correlations.append(spearmanr(found.cells, shuffled.cells, axis=None)[0])
        probabilities.append(deletions(predictor, waveform, found, np.random.default_rng(number)))
    whole, *rows = np.mean(probabilities, axis=0)
    print(f"{predictor.name}, {len(tracks)} held-out tracks of {label}, cells at {args.occluded:g} of their amplitude")
    print(f"seconds of CPU for each explanation: median {np.median(seconds):.1f}")
    mean, absolute = np.mean(correlations), np.mean(np.abs(correlations))
    print(f"rank correlation with shuffled weights: mean {mean:+.2f}, mean absolute {absolute:.2f}")
    print(f"probability of the predicted genre: {whole:.2f}")
    for removed, values in zip(REMOVED, np.reshape(rows, (len(REMOVED), -1)), strict=True):
        most, chance, least = values
        print(f"a fifth of the cells {removed}: most evidence {most:.2f}, random {chance:.2f}, least {least:.2f}")


def deletions(predictor: Predictor, waveform: np.ndarray, found, rng: np.random.Generator) -> list[float]:
    """The genre's probability: of all that was explained, then without cells of most, random and least evidence."""
    explained = waveform[: round(found.seconds[-1] * predictor.sample_rate)]
    cells = Cells(explained, predictor.sample_rate, found.seconds, found.hertz)
    number = predictor.classes.index(found.genre)
    order = np.argsort(-found.cells, axis=None)
    n = round(SHARE * len(order))
    probabilities = [predictor.predict_waveform(explained).probabilities[number]]
    for gain in REMOVED.values():
        for places in (order[:n], rng.permutation(order)[:n], order[-n:]):
            gains = np.ones(found.cells.shape)
            gains.flat[places] = gain
            probabilities.append(predictor.predict_waveform(cells.with_gains(gains)).probabilities[number])
    return probabilities


if __name__ == "__main__":
    main()
