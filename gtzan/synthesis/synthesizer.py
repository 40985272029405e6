"""From a trained generator to music: genre → MFCCs → waveform."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import stream_audio
from gtzan.audio.inversion import MfccInversion
from gtzan.audio.mastering import loudness, master
from gtzan.errors import UserError
from gtzan.models.checkpoints import load_model
from gtzan.models.devices import usable_device
from gtzan.models.generator import Generator
from gtzan.models.nets.flow import Flow
from gtzan.models.predictor import Predictor
from gtzan.synthesis.request import Request

LUFS = -18.0  # less where peaks are in the way, which never clip
CONTEXT_SECONDS = 5.0  # of a song's end, which a continuation begins with


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
        start: of what was generated, in seconds: a continuation begins with the end of a song.
    """

    genre: str
    number: int
    mfcc: np.ndarray
    waveform: np.ndarray
    gain_db: float
    sample_rate: int
    start: float = 0.0

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
        self.device = usable_device(device)
        self.generator = generator.to(self.device).eval()
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

    def completed(self, request: Request) -> Request:
        """The request with a genre: of a song for which none is asked, the one that the guide predicts.

        Raises:
            UserError: what samples are to begin with needs a flow, or is no song that can be read, or too short; a
                genre that the generator does not know.
        """
        if (request.song or request.blend) and not isinstance(self.generator.net, Flow):
            asked = "blend" if request.blend else "like" if request.like else "continue"
            raise UserError(f"{asked} needs a generator that can do it: train one with model=flow.")
        if request.song and not request.genre:
            prediction = Predictor(self.generator.guide).predict_features(self._mfcc_of(request, request.song))
            request = replace(request, genre=(self.classes[int(prediction.probabilities.argmax())],))
        for genre in request.genres_of(self.classes):
            request.shares(genre, self.classes)
        return request

    def samples(self, request: Request, done: Collection[tuple[str, int]] = ()) -> Iterator[Sample]:
        """One after the other, so that what is done is done when something fails.

        Args:
            request: what to make.
            done: genre and number of those to leave out.

        Raises:
            UserError: as of :meth:`completed`.
        """
        request = self.completed(request)
        song = self._mfcc_of(request, request.song) if request.song else None
        wanted = [(genre, number) for genre in request.genres_of(self.classes) for number in range(request.n)]
        missing = [sample for sample in wanted if sample not in done]
        progress = {"desc": "Music", "unit": "sample", "initial": len(wanted) - len(missing), "total": len(wanted)}
        for genre, number in tqdm(missing, disable=None, **progress):
            if request.song or request.blend:
                yield self._varied(genre, number, request, song)
            else:
                yield self.sample(genre, number, request.seconds, request.seed, request.temperature)

    @torch.inference_mode()
    def sample(self, genre: str, number: int, seconds: float, seed: int = 0, temperature: float = 1.0) -> Sample:
        """The numbered sample of a genre."""
        length = round(seconds * self.sample_rate)
        label = self.classes.index(genre)
        noise = self._noise(label, number, seed, 1 + length // self.hop)
        mfcc = self.generator.sample(torch.tensor([label], device=self.device), noise, temperature)
        return self._rendered(genre, number, mfcc, length)

    @torch.inference_mode()
    def _varied(self, genre: str, number: int, request: Request, song: Tensor | None) -> Sample:
        """A sample that is a blend, or begins with the MFCCs ``(frames, n_mfcc)`` of a song, or both."""
        length, known = round(request.seconds * self.sample_rate), 0
        if request.like and song is not None:
            length = min(length, (len(song) - 1) * self.hop)
        elif song is not None:
            known = (len(song) - 1) * self.hop
            length += known
        frames = 1 + length // self.hop
        y = torch.tensor([request.shares(genre, self.classes)], device=self.device)
        noise = self._noise(self.classes.index(genre), number, request.seed, frames)
        if song is None:
            mfcc = self.generator.sample(y, noise, request.temperature)
        else:
            given = song[:frames].T[None].to(self.device)
            how = {"strength": request.strength} if request.like else {"known": given.shape[-1]}
            mfcc = self.generator.vary(y, noise, given, **how)
        return self._rendered(genre, number, mfcc, length, known)

    def _noise(self, label: int, number: int, seed: int, frames: int) -> Any:
        # Spread by NumPy, so that no two of (seed, genre, number) fall on one stream.
        word = np.random.SeedSequence([seed, label, number]).generate_state(1, np.uint64)[0]
        noise = self.generator.net.noise([torch.Generator().manual_seed(int(word >> 1))], frames)
        return type(noise)(*(part.to(self.device) for part in noise))

    def _rendered(self, genre: str, number: int, mfcc: Tensor, length: int, known: int = 0) -> Sample:
        """The sample of generated MFCCs ``(1, 1, n_mfcc, frames)``, of which some may be too many.

        Its first ``known`` audio samples are a song's.
        """
        mfcc = mfcc[0, 0, :, : 1 + length // self.hop].T
        waveform, gain_db = self.render(mfcc, length)
        start = known / self.sample_rate
        return Sample(genre, number, mfcc.cpu().numpy(), waveform, gain_db, self.sample_rate, start)

    def _mfcc_of(self, request: Request, song: Path) -> Tensor:
        """MFCCs ``(frames, n_mfcc)`` of what samples begin with: a song's beginning, or its end.

        Raises:
            UserError: it cannot be read, is silent, or shorter than the segments that the generator has learned from.
        """
        least = self.generator.hparams["segment_seconds"]
        most = request.seconds if request.like else max(CONTEXT_SECONDS, least)
        if most < least:
            raise UserError(f"seconds={most:g} is too short for like=: ask for {least:g} or more.")
        length = round(most * self.sample_rate)
        waveform = np.empty(0, np.float32)
        for block in stream_audio(song, self.sample_rate):  # a mix of hours is never held whole
            waveform = np.concatenate([waveform, block])
            waveform = waveform[:length] if request.like else waveform[-length:]
            if request.like and len(waveform) == length:
                break
        if len(waveform) < round(least * self.sample_rate):
            seconds = len(waveform) / self.sample_rate
            raise UserError(f"{song}: {seconds:.1f} s of it are too short to begin with, {least:g} s are needed.")
        if not np.isfinite(loudness(waveform, self.sample_rate)):
            raise UserError(f"{song} is silent at its {'beginning' if request.like else 'end'}.")
        extractor = FeatureExtractor(**self.generator.hparams["features"])
        mfcc = extractor(torch.from_numpy(waveform)[None])[0, :, extractor.columns["mfcc"]]
        return mfcc if request.like else mfcc[:-1]  # whose window reaches into the silence beyond the song

    @torch.inference_mode()
    def render(self, mfcc: Tensor, length: int | None = None) -> tuple[np.ndarray, float]:
        """MFCCs ``(frames, n_mfcc)``, generated or of a real track, to a mastered waveform and its gain in dB.

        Args:
            mfcc: in dB.
            length: samples of the waveform; ``(frames - 1) * hop_length`` unless given.
        """
        waveform = self.inversion(mfcc.to(self.device)[None], length)[0].cpu().numpy()
        return master(waveform, self.sample_rate, LUFS)
