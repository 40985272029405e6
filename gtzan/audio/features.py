"""From waveforms to frame-level features: MFCCs, chroma and four spectral descriptors, all from one STFT.

Every feature equals librosa 0.11's with its default settings, to 1e-4 of the feature's largest value in the clip.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gtzan.audio._torchaudio import torchaudio
from gtzan.audio.settings import check_settings, feature_columns
from gtzan.audio.tuning import estimate_tuning
from gtzan.errors import UserError

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MIN_POWER = 1e-10  # floor of the mel spectrogram before the logarithm
TOP_DB = 80.0  # dynamic range of a clip's log-mel spectrogram
MIN_AMPLITUDE = 1e-10  # samples closer to zero count as zero
MAX_MAGNITUDE = 1e16  # sums of squares stay within 32 bits
ROUNDING = 2e-5  # relative error of a 32-bit sum over a frame's bins, at the most
BLOCKS = {"cpu": 64}  # frames transformed at once: what fits into a core's cache
MAX_BLOCK = 16384  # the same on accelerators: what fits into their memory
MAX_DESCRIBED = 4096  # frames that are described at once, for which their spectrogram is needed three times over
MEL_GROUP = 16  # bands
TINY = torch.finfo(torch.float32).tiny  # frames that sum to less are silent


class FeatureExtractor(nn.Module):
    """Maps waveforms ``(batch, samples)`` to features ``(batch, frames, n_features)``.

    Runs on any device that has 64-bit floats. There is one frame per ``hop_length`` samples, centred on them:
    ``1 + samples // hop_length`` in all.

    Args:
        sample_rate: of the waveforms, in Hz.
        n_fft: length of a frame (and of its periodic Hann window), in samples.
        hop_length: distance of two frames, in samples.
        n_mels: bands of the mel filterbank (Slaney's scale and normalisation) below the MFCCs.
        n_mfcc: number of cepstral coefficients, at most ``n_mels``.
        n_chroma: bins per octave of the chroma features.
        roll_percent: share of a frame's magnitude that lies below its spectral roll-off.
        tuning: estimate every clip's tuning before mapping its spectrum to chroma, rather than trusting A440.

    Attributes:
        columns: where each feature lies in the last axis.
        names: one name per column.
        settings: the arguments, as plain Python types; with the code they determine every number.

    Raises:
        UserError: a setting makes no sense.
    """

    window: Tensor
    mel: Tensor
    dct: Tensor
    frequencies: Tensor
    moments: Tensor

    def __init__(
        self,
        sample_rate: int = 22050,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_mels: int = 128,
        n_mfcc: int = 20,
        n_chroma: int = 12,
        roll_percent: float = 0.85,
        tuning: bool = True,
    ) -> None:
        super().__init__()
        counts = {
            "sample_rate": sample_rate,
            "n_fft": n_fft,
            "hop_length": hop_length,
            "n_mels": n_mels,
            "n_mfcc": n_mfcc,
            "n_chroma": n_chroma,
        }
        check_settings(roll_percent=roll_percent, tuning=tuning, **counts)
        self.settings: dict[str, Any] = {**counts, "roll_percent": float(roll_percent), "tuning": bool(tuning)}
        self.columns = feature_columns(n_mfcc, n_chroma)
        pitch_classes = PITCH_CLASSES if n_chroma == 12 else range(1, n_chroma + 1)
        self.names = [f"mfcc_{k}" for k in range(1, n_mfcc + 1)] + [f"chroma_{k}" for k in pitch_classes]
        self.names += list(self.columns)[2:]

        bins = n_fft // 2 + 1
        frequencies = torch.linspace(0, sample_rate / 2, bins, dtype=torch.float64)
        mel = torchaudio.functional.melscale_fbanks(
            bins, 0.0, sample_rate / 2, n_mels, sample_rate, norm="slaney", mel_scale="slaney"
        )
        for name, constant in {
            "window": torch.hann_window(n_fft, dtype=torch.float64),
            "mel": mel,
            "dct": torchaudio.functional.create_dct(n_mfcc, n_mels, norm="ortho"),
            "frequencies": frequencies.float(),
            "moments": torch.stack([frequencies**power for power in range(3)]),
        }.items():
            self.register_buffer(name, constant, persistent=False)
        self._mel_bands = mel_bands(mel)
        self._chroma_filters: dict[float, Tensor] = {}

    @torch.no_grad()
    def forward(self, waveform: Tensor) -> Tensor:
        """Compute all features, in float32.

        Raises:
            ValueError: the waveform is not ``(batch, samples)``, is empty, or holds samples that are not finite or
                too large to be audio.
        """
        if waveform.ndim != 2 or not waveform.is_floating_point():
            raise ValueError(
                f"a waveform is a floating-point tensor (batch, samples), not {waveform.dtype} {tuple(waveform.shape)}"
            )
        if not waveform.numel():
            raise ValueError(f"the waveform is empty: its shape is {tuple(waveform.shape)}")
        waveform = waveform.float()
        half = self.settings["n_fft"] // 2
        negative = is_negative(waveform)
        # librosa continues a clip beyond its ends with its first and last sample: there are no crossings to count.
        ends = (negative[:, index, None].expand(-1, half) for index in (0, -1))
        negative = torch.cat([next(ends), negative, next(ends)], dim=1)
        return self.features(self.magnitude(F.pad(waveform, (half, half))), negative)

    def features(
        self,
        magnitude: Tensor,
        negative: Tensor,
        loudest: Tensor | None = None,
        tunings: list[float] | None = None,
    ) -> Tensor:
        """Features ``(batch, frames, n_features)`` of spectrograms of clips or of parts of them.

        Args:
            magnitude: ``(batch, frames, bins)``; overwritten.
            negative: ``(batch, padded samples)``, which of the samples that they were made of are negative.
            loudest: ``(batch, 1, 1)``, the clip's loudest mel band in dB; that of ``magnitude`` by default.
            tunings: of the clips; estimated from ``magnitude`` by default.
        """
        parts = magnitude.split(MAX_DESCRIBED, dim=1)
        descriptors = [
            torch.cat([self._centroid_and_bandwidth(part) for part in parts], dim=1),
            torch.cat([self._rolloff(part) for part in parts], dim=1),
            self._zero_crossing_rate(negative),
        ]
        power = magnitude.square_()
        decibels = self.decibels(power)
        if loudest is None:
            loudest = decibels.amax(dim=(1, 2), keepdim=True)
        if tunings is None:
            tunings = [0.0] * len(power)
            if self.settings["tuning"]:
                tunings = estimate_tuning(power, self.settings["sample_rate"], self.settings["n_chroma"])
        mfcc = decibels.maximum(loudest - TOP_DB) @ self.dct
        return torch.cat([mfcc, self._chroma(power, tunings), *descriptors], dim=-1)

    def magnitude(self, padded: Tensor) -> Tensor:
        """The spectrogram ``(batch, frames, bins)`` of waveforms with half a window before the first frame's centre.

        Raises:
            ValueError: the waveform holds samples that are not finite or too large to be audio.
        """
        # The transform runs in 64 bits, as librosa's does. Between the partials of a pure tone there is nothing but its
        # rounding errors: in 32 bits they alone move the tone's bandwidth by 0.6 %.
        n_fft, hop_length = self.settings["n_fft"], self.settings["hop_length"]
        frames = padded.unfold(-1, n_fft, hop_length)
        magnitude = padded.new_empty(*frames.shape[:2], n_fft // 2 + 1)
        block = max(1, BLOCKS.get(padded.device.type, MAX_BLOCK) // len(padded))
        for part, out in zip(frames.split(block, dim=1), magnitude.split(block, dim=1), strict=True):
            spectrum = torch.fft.rfft(part.double() * self.window).to(torch.complex64)
            if out.device.type == "cpu":
                np.abs(spectrum.numpy(), out=out.numpy())  # librosa's own, and many times faster than torch's
            else:
                torch.abs(spectrum, out=out)
        if not magnitude.max() < MAX_MAGNITUDE:  # NaN is not less than anything
            raise ValueError("the waveform holds samples that are not finite, or too large to be audio")
        return magnitude

    def decibels(self, power: Tensor) -> Tensor:
        """The log-mel spectrogram ``(batch, frames, n_mels)``, without a floor."""
        bands = [power[..., low:high] @ self.mel[low:high, part] for low, high, part in self._mel_bands]
        return 10 * torch.cat(bands, dim=-1).clamp_(min=MIN_POWER).log10_()

    def _chroma(self, power: Tensor, tunings: list[float]) -> Tensor:
        filters = torch.stack([self._chroma_filter(tuning) for tuning in tunings]).to(power.device)
        chroma = (filters @ power.mT).mT  # in this order, matrices this thin take half of the time
        peak = chroma.amax(dim=-1, keepdim=True)
        return chroma / torch.where(peak < TINY, 1.0, peak)

    def _chroma_filter(self, tuning: float) -> Tensor:
        """The filterbank ``(n_chroma, bins)``; a tuning has 100 possible values, so that all of them can be kept."""
        if tuning not in self._chroma_filters:
            from librosa.filters import chroma  # takes a second to import, which only extraction has to pay

            filters = chroma(
                sr=self.settings["sample_rate"],
                n_fft=self.settings["n_fft"],
                tuning=tuning,
                n_chroma=self.settings["n_chroma"],
            )
            self._chroma_filters[tuning] = torch.from_numpy(filters)
        return self._chroma_filters[tuning]

    def _centroid_and_bandwidth(self, magnitude: Tensor) -> Tensor:
        """Mean and deviation of a frame's frequencies, weighted by magnitude: ``(batch, frames, 2)``, in Hz."""
        # In 64 bits, the second moment less the mean's square is as good as the sum of squared deviations.
        total, first, second = (self.moments @ magnitude.double().mT).unbind(dim=-2)
        total = torch.where(total < TINY, 1.0, total)
        centroid = first / total
        bandwidth = (second / total - centroid.square()).clamp(min=0).sqrt()
        return torch.stack([centroid, bandwidth], dim=-1).float()

    def _rolloff(self, magnitude: Tensor) -> Tensor:
        """The frequency below which ``roll_percent`` of a frame's magnitude lies: ``(batch, frames, 1)``, in Hz."""
        share = self.settings["roll_percent"]
        energy = magnitude.cumsum(dim=-1)
        threshold = share * energy[..., -1:]
        index = torch.searchsorted(energy, threshold)
        # Where rounding decides between two bins, it has to be NumPy's, which adds in 32 bits, one bin after the other.
        low, high = (torch.searchsorted(energy, threshold * factor) for factor in (1 - ROUNDING, 1 + ROUNDING))
        close = (low != high).squeeze(-1)
        energy = torch.from_numpy(magnitude[close].cpu().numpy().cumsum(axis=-1)).to(magnitude.device)
        index[close] = torch.searchsorted(energy, share * energy[..., -1:])
        return self.frequencies[index]

    def _zero_crossing_rate(self, negative: Tensor) -> Tensor:
        """Share of a frame's samples whose sign differs from the sample before, within the frame."""
        n_fft, hop_length = self.settings["n_fft"], self.settings["hop_length"]
        crossings = torch.zeros_like(negative)
        torch.ne(negative[:, 1:], negative[:, :-1], out=crossings[:, 1:])
        crossings = crossings.cumsum(dim=-1, dtype=torch.int32)
        first = torch.arange(0, negative.shape[-1] - n_fft + 1, hop_length, device=negative.device)
        return ((crossings[:, first + n_fft - 1] - crossings[:, first]) / n_fft)[..., None]


def is_negative(waveform: Tensor) -> Tensor:
    return waveform < -MIN_AMPLITUDE


def feature_matrix(frames: Tensor, statistics: Sequence[str] = ("mean",)) -> Tensor:
    """Summarise frame-level features over time: ``(…, frames, n_features)`` → ``(…, n_features * len(statistics))``.

    Args:
        frames: what ``FeatureExtractor`` returns, or some of its columns.
        statistics: "mean" (alone, it gives the paper's feature matrix), "std", the population's standard deviation, and
            "delta_std", that of the differences of neighbouring frames, which tells how fast a feature moves; all
            columns of the first come before all columns of the second.

    Raises:
        UserError: a statistic has another name, or none is asked for.
    """
    known: dict[str, Callable[[Tensor], Tensor]] = {
        "mean": lambda x: x.mean(dim=-2),
        "std": lambda x: x.std(dim=-2, correction=0),
        "delta_std": lambda x: x.diff(dim=-2).std(dim=-2, correction=0),
    }
    if not statistics or set(statistics) - set(known):
        raise UserError(f"statistics are taken from {', '.join(known)}, not {list(statistics)}")
    return torch.cat([known[statistic](frames) for statistic in statistics], dim=-1)


def mel_bands(mel: Tensor) -> list[tuple[int, int, slice]]:
    """Groups of neighbouring mel bands, each with its lowest and highest bin: filters are zero almost everywhere."""
    groups = []
    for start in range(0, mel.shape[1], MEL_GROUP):
        part = slice(start, start + MEL_GROUP)
        bins = mel[:, part].any(dim=1).nonzero()
        groups.append((int(bins.min()), int(bins.max()) + 1, part) if len(bins) else (0, 0, part))
    return groups
