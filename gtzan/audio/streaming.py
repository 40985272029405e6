"""The features of audio of any length in bounded memory, equal to those of the whole at once."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from gtzan.audio.extractors import Extractor
from gtzan.audio.features import FeatureExtractor, is_negative
from gtzan.audio.tuning import TuningVotes

WHOLE = 1 << 24  # values of a spectrogram that is computed at once: six minutes with the default settings, 64 MiB
PIECE = 1 << 21  # the same of a longer one's pieces


def features_of_stream(
    extractor: Extractor,
    blocks: Callable[[], Iterable[np.ndarray]],
    whole: int = WHOLE,
    piece: int = PIECE,
) -> Iterator[np.ndarray]:
    """Compute the features of one clip, on the CPU.

    A clip that is not long is computed at once. A longer one is read twice: its loudest band and its tuning, which its
    MFCCs and its chroma are relative to, are known at its end only. Besides the pieces, memory grows by the spectral
    peaks that vote on the tuning: 5 bytes each, a few a frame.

    Args:
        extractor: on the CPU; an encoder, too, which reads the clip once.
        blocks: gives the waveform from its beginning in blocks ``(samples,)``, whenever it is called.
        whole: values of a spectrogram that is computed at once.
        piece: values of a longer one that are computed at once.

    Yields:
        ``(frames, n_features)``, all frames together where the clip is not long.

    Raises:
        gtzan.errors.BrokenAudioError: as ``blocks`` does.
    """
    if not isinstance(extractor, FeatureExtractor):
        yield from extractor.of_stream(blocks())
        return
    hop_length, n_fft = extractor.settings["hop_length"], extractor.settings["n_fft"]
    bins = n_fft // 2 + 1
    held, samples = [], 0
    for block in blocks():
        held.append(block)
        samples += len(block)
        if samples // hop_length * bins > whole:
            break
    else:
        with torch.inference_mode():
            yield extractor(torch.from_numpy(np.concatenate(held))[None])[0].numpy()
        return
    del held, block
    yield from _in_pieces(extractor, blocks, max(1, piece // bins))


def _in_pieces(
    extractor: FeatureExtractor, blocks: Callable[[], Iterable[np.ndarray]], frames: int
) -> Iterator[np.ndarray]:
    settings = extractor.settings
    loudest = torch.full((1, 1, 1), -torch.inf)
    votes = TuningVotes(settings["sample_rate"], settings["n_chroma"])
    with torch.inference_mode():
        for padded, _ in _pieces(blocks(), settings["n_fft"], settings["hop_length"], frames):
            power = extractor.magnitude(padded).square_()
            loudest = loudest.maximum(extractor.decibels(power).amax(dim=(1, 2), keepdim=True))
            if settings["tuning"]:
                votes.add(power[0])
        tuning = votes.winner()
        for padded, negative in _pieces(blocks(), settings["n_fft"], settings["hop_length"], frames):
            magnitude = extractor.magnitude(padded)
            yield extractor.features(magnitude, negative, loudest, [tuning])[0].numpy()


def _pieces(blocks: Iterable[np.ndarray], n_fft: int, hop_length: int, frames: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Overlapping pieces of a waveform with half a window of zeros at both ends, each of at most ``frames`` frames.

    Yields:
        The piece ``(1, samples)``, and which of its samples are negative, where silence beyond the ends counts as the
        first and the last sample.
    """
    half, used, step = n_fft // 2, (frames - 1) * hop_length + n_fft, frames * hop_length
    waveform, negative = torch.zeros(half), torch.empty(0, dtype=torch.bool)
    for block in chain(blocks, [None]):
        if block is None:
            new, signs = torch.zeros(half), negative[-1:].expand(half)
        elif len(block):
            new = torch.from_numpy(block)
            signs = is_negative(new)
        else:
            continue
        if not len(negative):
            negative = signs[:1].expand(half)
        waveform, negative = torch.cat([waveform, new]), torch.cat([negative, signs])
        while len(waveform) >= max(used, step):
            yield waveform[None, :used], negative[None, :used]
            waveform, negative = waveform[step:], negative[step:]
    if len(waveform) >= n_fft:
        yield waveform[None], negative[None]
