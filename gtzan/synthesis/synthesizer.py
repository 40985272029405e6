"""From a trained generator to music: genre → MFCCs → waveform."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gtzan.audio.inversion import MfccInversion
from gtzan.audio.mastering import master
from gtzan.errors import UserError
from gtzan.models.checkpoints import load_model
from gtzan.models.generator import Generator
from gtzan.synthesis.request import Request

LUFS = -18.0  # less where peaks are in the way, which never clip


@dataclass(frozen=True)
class Sample:
    """A piece of generated music.

    Attributes:
        genre: what was asked for.
        number: from 0; with genre and seed, it determines the sample.
        mfcc: ``(frames, n_mfcc)``, in dB, as generated.
        waveform: ``(samples,)``, float32 within ±1, mastered.
        gain_db: what mastering amplified it by.
        sample_rate: of the waveform, in Hz.
    """

    genre: str
    number: int
    mfcc: np.ndarray
    waveform: np.ndarray
    gain_db: float
    sample_rate: int

    @property
    def name(self) -> str:
        return f"{self.genre}_{self.number:02d}"


class Synthesizer:
    """Makes samples with a trained generator, each a function of genre, number, seed and temperature alone.

    Args:
        generator: with its classes, standardiser and feature settings.
        device: to compute on.

    Attributes:
        classes: the genres it knows.
        sample_rate: of the waveforms, in Hz.
    """

    def __init__(self, generator: Generator, device: str = "cpu") -> None:
        try:
            self.device = torch.device(device)
            self.generator = generator.to(self.device).eval()
        except (RuntimeError, AssertionError) as error:
            raise UserError(f"device={device} cannot be used: {str(error).splitlines()[0]}") from error
        settings = generator.hparams["features"]
        self.inversion = MfccInversion.of(settings).to(self.device)
        self.classes = tuple(generator.hparams["classes"])
        self.sample_rate, self.hop = settings["sample_rate"], settings["hop_length"]

    @classmethod
    def load(cls, checkpoint: str | Path, device: str = "cpu") -> "Synthesizer":
        """Rebuild a generator from its checkpoint alone.

        Raises:
            UserError: not a checkpoint, or one of something else, such as a classifier.
        """
        return cls(load_model(Generator, checkpoint, "a generator"), device)

    def samples(self, request: Request) -> Iterator[Sample]:
        """One after the other, so that what is done is done when something fails.

        Raises:
            UserError: a genre that the generator does not know.
        """
        wanted = [(genre, number) for genre in request.genres_of(self.classes) for number in range(request.n)]
        for genre, number in tqdm(wanted, desc="Music", unit="sample", disable=None):
            yield self.sample(genre, number, request.seconds, request.seed, request.temperature)

    @torch.inference_mode()
    def sample(self, genre: str, number: int, seconds: float, seed: int = 0, temperature: float = 1.0) -> Sample:
        """The numbered sample of a genre."""
        length = round(seconds * self.sample_rate)
        frames = 1 + length // self.hop
        label = self.classes.index(genre)
        # Spread by NumPy, so that no two of (seed, genre, number) fall on one stream.
        word = np.random.SeedSequence([seed, label, number]).generate_state(1, np.uint64)[0]
        noise = self.generator.net.noise([torch.Generator().manual_seed(int(word >> 1))], frames)
        noise = type(noise)(*(part.to(self.device) for part in noise))
        mfcc = self.generator.sample(torch.tensor([label], device=self.device), noise, temperature)
        mfcc = mfcc[0, 0, :, :frames].T
        waveform, gain_db = self.render(mfcc, length)
        return Sample(genre, number, mfcc.cpu().numpy(), waveform, gain_db, self.sample_rate)

    @torch.inference_mode()
    def render(self, mfcc: Tensor, length: int | None = None) -> tuple[np.ndarray, float]:
        """MFCCs ``(frames, n_mfcc)``, generated or of a real track, to a mastered waveform and its gain in dB.

        Args:
            mfcc: in dB.
            length: samples of the waveform; ``(frames - 1) * hop_length`` unless given.
        """
        waveform = self.inversion(mfcc.to(self.device)[None], length)[0].cpu().numpy()
        return master(waveform, self.sample_rate, LUFS)
