from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import numpy as np
import pytest

from gtzan.audio.encoders import musicnn_weights
from tests.audio.encoders.bundles import write_bundle

SHAPES = {
    "conv2d": (7, 38, 1, 204),
    "conv2d_1": (7, 67, 1, 204),
    "conv2d_2": (128, 1, 1, 51),
    "conv2d_3": (64, 1, 1, 51),
    "conv2d_4": (32, 1, 1, 51),
    "conv2d_5": (7, 561, 1, 64),
    "conv2d_6": (7, 64, 1, 64),
    "conv2d_7": (7, 64, 1, 64),
    "dense": (1506, 200),
    "dense_1": (200, 50),
}
"""Of the kernels, by TensorFlow's names."""
NORMS = (1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)


def random_tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    tensors = {}
    for name, shape in SHAPES.items():
        tensors[f"{name}/kernel"] = rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape).astype(np.float32)
        tensors[f"{name}/bias"] = rng.normal(0, 0.1, shape[-1]).astype(np.float32)
    for number, width in enumerate(NORMS):
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        for part, low in {"gamma": 0.5, "beta": -0.5, "moving_mean": -0.5, "moving_variance": 0.5}.items():
            tensors[f"{name}/{part}"] = rng.uniform(low, low + 1, width).astype(np.float32)
    return tensors


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("musicnn")
    (folder / "musicnn" / "MSD_musicnn").mkdir(parents=True)
    write_bundle(f"{folder / 'musicnn' / 'MSD_musicnn'}/", random_tensors())
    return folder


@pytest.fixture
def weights(weights_folder, monkeypatch):
    """As if the package ``musicnn`` were installed, with random weights."""
    files = weights_folder / "musicnn" / "MSD_musicnn"
    digests = {name: sha256((files / name).read_bytes()).hexdigest() for name in musicnn_weights.DIGESTS}
    monkeypatch.setattr(musicnn_weights, "DIGESTS", digests)
    found = SimpleNamespace(locate_file=lambda path: weights_folder / path)
    monkeypatch.setattr(musicnn_weights, "distribution", lambda name: found)
    return files


@pytest.fixture
def no_weights(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(musicnn_weights, "distribution", missing)
