"""How a flow continues songs and varies them: steps at the joint, and what is left of a song by strength.

    python bench/songs.py RUN SONG… [--seconds 5]

RUN is a flow's. A song's genre is the folder that it lies in, where the flow knows that, else what the guide predicts.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
import torch

from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.runs.folder import RunFolder
from gtzan.models.nets.flow import JOINT
from gtzan.models.predictor import Predictor
from gtzan.synthesis.request import Request
from gtzan.synthesis.synthesizer import CONTEXT_SECONDS, Synthesizer

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def steps(mfcc: np.ndarray) -> np.ndarray:
    """Root mean square change of all coefficients from frame to frame, ``(frames - 1,)``, in dB."""
    return np.sqrt(np.square(np.diff(mfcc, axis=0)).mean(axis=1))


def joint(synthesizer: Synthesizer, request: Request) -> tuple[float, float]:
    """The largest step in the joint of a continuation, and the level that 1 % of the other steps exceed."""
    (sample,) = synthesizer.samples(request)
    known = round(CONTEXT_SECONDS * synthesizer.sample_rate) // synthesizer.hop
    found = steps(sample.mfcc)
    near = slice(known - JOINT - 2, known + 4)
    return float(found[near].max()), float(np.quantile(np.delete(found, near), 0.99))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("songs", type=Path, nargs="+", metavar="SONG")
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args()
    prepare_cpu()
    synthesizer = Synthesizer.load(RunFolder(args.run).checkpoint)
    guide = Predictor(synthesizer.generator.guide)

    def request(song: Path, **how) -> Request:
        own = song.absolute().parent.name
        genre = (own,) if own in synthesizer.classes else ()
        return synthesizer.completed(Request(genre, 1, args.seconds, **how))

    found = [steps(synthesizer.sample(genre, 0, args.seconds).mfcc) for genre in synthesizer.classes]
    patch = synthesizer.generator.net.patch
    borders, inside = (
        ", ".join(f"{np.median(x[(np.arange(len(x)) % patch == patch - 1) == at_border]):.1f}" for x in found)
        for at_border in (True, False)
    )
    print(f"Steps of generated MFCCs, median by genre: between patches {borders} dB, within them {inside} dB.\n")

    joints = [joint(synthesizer, request(song, continued=song)) for song in args.songs]
    larger = sum(step > level for step, level in joints)
    expected = 1 - 0.99 ** (JOINT + 6)
    print(
        f"The largest of the {JOINT + 6} steps around the joint, median of {len(joints)} songs: "
        f"{statistics.median(step for step, _ in joints):.1f} dB; of all other steps, 1 % exceed "
        f"{statistics.median(level for _, level in joints):.1f} dB. Songs in which it is larger: {larger}; by "
        f"chance, {expected * len(joints):.1f}.\n"
    )
    print("| strength | probability of the genre | distance from the song, dB |\n| --- | --- | --- |")
    for strength in STRENGTHS:
        kept, distances = [], []
        for song in args.songs:
            asked = request(song, like=song, strength=strength)
            (sample,) = synthesizer.samples(asked)
            original = next(synthesizer.samples(request(song, like=song, strength=0.0))).mfcc
            probabilities = guide.predict_features(torch.from_numpy(sample.mfcc)).probabilities
            kept.append(float(probabilities[synthesizer.classes.index(asked.genre[0])]))
            distances.append(float(np.sqrt(np.square(sample.mfcc - original).mean(axis=1)).mean()))
        print(f"| {strength:g} | {statistics.mean(kept):.2f} | {statistics.mean(distances):.1f} |", flush=True)


if __name__ == "__main__":
    main()
