"""MusiCNN here against the original graph under TensorFlow: the largest differences of their outputs.

    python -m venv tf && tf/bin/pip install 'tensorflow-cpu==2.15.*' && tf/bin/pip install --no-deps musicnn==0.1.0
    python bench/musicnn_parity.py PATH … [--limit N] --tensorflow tf/bin/python

Both get the same log-mel patches of 3 s, of the beginnings of the same files. The original's code is the ``musicnn``
package's own.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch

from gtzan.audio.encoders.musicnn import PATCH, MusicnnEncoder
from gtzan.audio.files import read_audio
from gtzan.audio.formats import AUDIO_SUFFIXES

ORIGINAL = """
import sys
import numpy as np
import tensorflow as tf
tf.compat.v1.disable_eager_execution()
from musicnn import models
folder = sys.argv[1]
patches = np.load(f"{folder}/patches.npy")
x = tf.compat.v1.placeholder(tf.float32, [None, *patches.shape[1:]])
training = tf.compat.v1.placeholder(tf.bool)
y, *_, mean, largest, penultimate = models.define_model(x, training, "MSD_musicnn", 50)
with tf.compat.v1.Session() as session:
    tf.compat.v1.train.Saver().restore(session, f"{models.__file__.rpartition('/')[0]}/MSD_musicnn/")
    outputs = [largest, mean, penultimate, y]
    np.savez(f"{folder}/original.npz", *session.run(outputs, {x: patches, training: False}))
"""
NAMES = ("maximum over time", "mean over time", "penultimate layer", "logits of the tags")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", type=Path, nargs="+", help="audio files, and folders of them at any depth")
    parser.add_argument("--limit", type=int, default=10, help="use N files only, spread evenly (default: %(default)s)")
    parser.add_argument("--tensorflow", required=True, help="the Python of an environment that has TensorFlow 2.15")
    args = parser.parse_args()
    files = [p for path in args.paths for p in ([path] if path.is_file() else sorted(path.rglob("*")))]
    files = [p for p in files if p.suffix.lower() in AUDIO_SUFFIXES]
    files = files[:: max(1, len(files) // args.limit)][: args.limit]
    encoder = MusicnnEncoder()
    clips = [torch.from_numpy(read_audio(path, encoder.settings["sample_rate"])) for path in files]
    patches = torch.cat([encoder.log_mel([clip])[: 3 * PATCH].unflatten(0, (3, PATCH)) for clip in clips])
    ours = encoder.net(patches)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/patches.npy", patches.numpy())
        subprocess.run([args.tensorflow, "-c", ORIGINAL, folder], check=True)
        theirs = np.load(f"{folder}/original.npz")
        print(f"{len(files)} clips, {len(patches)} patches: largest difference, and largest value")
        for name, here, original in zip(NAMES, ours, theirs.values(), strict=True):
            print(f"{name:20s} {np.abs(here.numpy() - original).max():.1e} {np.abs(original).max():8.2f}")


if __name__ == "__main__":
    main()
