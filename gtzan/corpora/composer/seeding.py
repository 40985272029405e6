"""Random streams that depend on names, not on the order of drawing."""

import numpy as np


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """The same stream for the same seed and names on any machine, independent of every other stream.

    So track 7 is the same song whether 10 or 100 are composed, and in whichever order.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple("/".join(map(str, names)).encode())))


def pick(rng: np.random.Generator, weights: dict):
    """A key of ``weights``, as likely as its weight."""
    values = np.array(list(weights.values()), dtype=float)
    return list(weights)[int(rng.choice(len(values), p=values / values.sum()))]
