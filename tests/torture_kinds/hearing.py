"""What gtzan makes of one audio file, in this process."""

import functools
import os
import resource
from pathlib import Path

import numpy as np
import soundfile
from torture_kinds.faults import Accepted, Lost, Traceback
from torture_kinds.world import RATE, World, tone

MEMORY = 1 << 30  # bytes: more for a file of seconds means that a damaged header was believed


@functools.cache
def extractor():
    import torch

    from gtzan.audio.features import FeatureExtractor

    torch.set_num_threads(1)
    return FeatureExtractor(n_mfcc=20)


def features(path: Path) -> np.ndarray:
    """The frames of a file, as an extraction computes them.

    Raises:
        BrokenAudioError: gtzan names the file as broken.
    """
    import torch

    from gtzan.audio.files import read_audio

    with torch.inference_mode():
        return extractor()(torch.from_numpy(read_audio(path))[None])[0].numpy()


def prepare(world: World) -> None:
    """Import and compile what hearing takes."""
    path = world.folder / f"{os.getpid()}.wav"
    soundfile.write(path, tone(), RATE)
    features(path)


def hear(path: Path, wanted: str = "any") -> bool:
    """Whether a file has features, all of them finite; else gtzan has named it as broken.

    Args:
        path: the file.
        wanted: ``good`` where it must have features, ``bad`` where it must be named, ``any`` where either will do.
    """
    from gtzan.errors import BrokenAudioError

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        frames = features(path)
    except BrokenAudioError as error:
        if wanted == "good":
            raise Lost(f"a good file is called broken: {error.reason}") from None
        if path.name not in str(error):
            raise Traceback(f"the error does not name the file: {error}") from None
        return False
    finally:
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
        if grown > MEMORY:
            raise Accepted(f"{grown / 2**30:.1f} GiB of memory for {path.stat().st_size} bytes")
    if wanted == "bad":
        raise Accepted(f"{len(frames)} frames of a broken file")
    if not len(frames) or not np.isfinite(frames).all():
        raise Accepted(f"{np.isnan(frames).sum()} NaN in {frames.shape} features")
    return True
