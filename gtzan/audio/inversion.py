"""From MFCCs back to waveforms: log-mel spectrogram, mel power, magnitude spectrum, and its phases."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gtzan.audio.features import FeatureExtractor, mel_bands
from gtzan.audio.phases import phases_of
from gtzan.errors import UserError

SETTINGS = ("sample_rate", "n_fft", "hop_length", "n_mels", "n_mfcc")  # what inversion shares with extraction
MAX_DB = 100.0  # mel bands are held within ±MAX_DB; full-scale audio stays below +50 dB, the extractor's floor is −100
MEL_UPDATES = 20
SMOOTH_SHARE = 0.5  # of the smoothed spectrum: no bin starts lower
TINY = 1e-20  # below every power and magnitude that is not silence
MIN_OVERLAP = 1e-3  # samples that windows reach with less weight are faded out, not blown up
BLOCKS = {"cpu": 96}  # frames transformed at once: what fits into a core's cache
STRETCH = 4096  # frames whose phases are found at once: memory does not grow with a longer clip's spectrogram
OVERLAP = 8  # windows that a stretch has in common with the one before
MAX_FRAMES = 16384  # the same on accelerators, in a batch: what fits into their memory


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch's operations on the calling thread.

    There are thousands of them, on blocks so small that a second thread gains nothing. Where other programs keep the
    cores busy, threads wait for each other after each one: 3 s rather than 0.3 s for ten seconds of music.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class MfccInversion(nn.Module):
    """Maps MFCCs ``(batch, frames, n_mfcc)``, as ``FeatureExtractor`` makes them, to waveforms ``(batch, samples)``.

    What cannot be brought back: with fewer coefficients than mel bands, the missing ones count as zero, which smooths
    the spectrum (of GTZAN's music, 20 of 128 coefficients bring back the log-mel spectrogram to 5.0 dB, root mean
    square, 40 to 3.8 dB, 80 to 1.7 dB, 128 exactly); mel bands leave the fine structure of high frequencies open;
    phases are made up. From all 128, ten seconds of GTZAN's music come back with a spectral convergence of −10.1 dB,
    librosa's ``mfcc_to_audio`` has −8.1 dB; from 256 of 256 it is −17.0 dB, from 20 of 128 −2.8 dB
    (``bench/inversion.py``).

    Runs on any device. Equal MFCCs give equal waveforms (on CPUs bit for bit), whatever else is in the batch and
    wherever the global random generators stand.

    Args:
        sample_rate: of the waveforms, in Hz; this and the next four are the extractor's (see ``of``).
        n_fft: length of a frame (and of its periodic Hann window), in samples.
        hop_length: distance of two frames, in samples.
        n_mels: bands of the mel filterbank below the MFCCs.
        n_mfcc: number of cepstral coefficients, at most ``n_mels``.
        iterations: of Griffin-Lim, which refines the phases that the magnitudes imply; each costs one inverse and one
            forward transform.
        momentum: of Griffin-Lim, from 0 (none) to 1, in librosa's convention.

    Raises:
        UserError: a setting makes no sense.
    """

    window: Tensor
    dct: Tensor
    mel: Tensor
    shares: Tensor
    smooth: Tensor
    pinv: Tensor

    def __init__(
        self,
        sample_rate: int = 22050,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_mels: int = 128,
        n_mfcc: int = 20,
        iterations: int = 16,
        momentum: float = 0.99,
    ) -> None:
        super().__init__()
        extractor = FeatureExtractor(sample_rate, n_fft, hop_length, n_mels, n_mfcc)  # checks its settings, too
        if isinstance(iterations, bool) or not isinstance(iterations, int) or iterations < 0:
            raise UserError(f"iterations is a whole number from 0 up, not {iterations!r}")
        if not isinstance(momentum, int | float) or not 0 <= momentum <= 1:
            raise UserError(f"momentum lies between 0 and 1, not at {momentum!r}")
        self.settings = {name: extractor.settings[name] for name in SETTINGS}
        self.iterations = iterations
        self.momentum = float(momentum)

        mel = extractor.mel
        shares = mel / mel.sum(dim=1, keepdim=True).clamp(min=TINY)  # how much each band has to say about a bin
        for name, constant in {
            "window": extractor.window.float(),
            "dct": extractor.dct,
            "mel": mel,
            "shares": shares.T.contiguous(),
            "smooth": (SMOOTH_SHARE * shares / mel.sum(dim=0).clamp(min=TINY)).T.contiguous(),
            "pinv": torch.linalg.pinv(mel.double()).float(),
        }.items():
            self.register_buffer(name, constant, persistent=False)
        self._mel_bands = mel_bands(mel)

    @classmethod
    def of(cls, settings: Mapping[str, Any], **options: Any) -> Self:
        """The inverse of an extractor: ``MfccInversion.of(extractor.settings, iterations=64)``."""
        return cls(**{name: settings[name] for name in SETTINGS}, **options)

    @torch.no_grad()
    @_one_thread()
    def forward(self, mfcc: Tensor, length: int | None = None) -> Tensor:
        """Compute waveforms, in float32, neither normalised nor clipped: MFCCs decide about their level.

        Args:
            mfcc: ``(batch, frames, n_mfcc)``.
            length: samples wanted; by default ``(frames - 1) * hop_length``, the fewest that have so many frames.
                Beyond ``frames * hop_length``, where the next frame is missing, there is silence.

        Raises:
            UserError: the MFCCs hold NaN.
            ValueError: they have another shape, or the length is negative.
        """
        self._check(mfcc)
        # One by one on CPUs: matrix products of other shapes round otherwise, and a batch would not equal its clips.
        clips = 1 if mfcc.device.type in BLOCKS else max(1, MAX_FRAMES // mfcc.shape[1])
        return torch.cat([self._in_stretches(x, length) for x in mfcc.split(clips)])

    def _in_stretches(self, mfcc: Tensor, length: int | None) -> Tensor:
        """The waveforms of MFCCs, a stretch at a time, so that memory does not grow with their spectrogram.

        A stretch begins with the end of the one before, in phase with it, and soon fades in.
        """
        frames, hop_length, n_fft = mfcc.shape[1], self.settings["hop_length"], len(self.window)
        overlap = OVERLAP * -(-n_fft // hop_length)
        stretch = max(STRETCH, 2 * overlap)  # of tiny hops, the windows have more frames in common
        if frames <= stretch:
            return self.griffin_lim(self.magnitude(self.log_mel(mfcc)), length)
        shortest = (frames - 1) * hop_length
        waveform = mfcc.new_zeros(len(mfcc), max(length or 0, shortest))
        fade = torch.linspace(0, 1, n_fft, device=mfcc.device)
        for start in range(0, frames - overlap, stretch - overlap):
            part, begin = mfcc[:, start : start + stretch], start * hop_length
            end = waveform.shape[1] if start + stretch >= frames else begin + (part.shape[1] - 1) * hop_length
            known = None
            if start:  # its first half: what follows may differ, as the stretch before ended in silence
                before = waveform[:, begin - n_fft // 2 : begin + (overlap // 2 - 1) * hop_length + n_fft // 2]
                known = torch.fft.rfft(before.unfold(-1, n_fft, hop_length) * self.window).angle()
            piece = self.griffin_lim(self.magnitude(self.log_mel(part)), end - begin, known=known)
            if start:
                waveform[:, begin + n_fft : begin + 2 * n_fft].lerp_(piece[:, n_fft : 2 * n_fft], fade)
                begin, piece = begin + 2 * n_fft, piece[:, 2 * n_fft :]
            waveform[:, begin:end] = piece
        return waveform[:, : shortest if length is None else length]

    def log_mel(self, mfcc: Tensor) -> Tensor:
        """Undo the cosine transform: MFCCs ``(batch, frames, n_mfcc)`` to dB ``(batch, frames, n_mels)``.

        The result is held within ±``MAX_DB`` and finite even where MFCCs are not. Raises what ``forward`` raises.
        """
        self._check(mfcc)
        bound = MAX_DB * self.settings["n_mels"] ** 0.5  # no spectrum within ±MAX_DB has a larger coefficient
        return (mfcc.float().clamp(-bound, bound) @ self.dct.T).clamp(-MAX_DB, MAX_DB)

    @torch.no_grad()
    @_one_thread()
    def magnitude(self, log_mel: Tensor) -> Tensor:
        """Undo the mel filterbank: dB ``(batch, frames, n_mels)`` to magnitudes ``(batch, frames, n_fft // 2 + 1)``.

        A band's power says little about its bins. Of all non-negative powers that would give it, the multiplicative
        updates for the Kullback-Leibler divergence (Lee & Seung, "Algorithms for non-negative matrix factorization",
        2001, eq. 4) find one near their start: the least-squares solution, mended where that is near or below zero.
        They fit loud and quiet bands alike, within 0.2 dB on average, and come 1.5 dB closer to the magnitudes of
        real music than as many updates for the squared error, which neglect quiet bands.
        """
        magnitude = log_mel.new_empty(*log_mel.shape[:2], len(self.mel))
        block = BLOCKS.get(log_mel.device.type, MAX_FRAMES)
        for part, out in zip(log_mel.flatten(0, 1).split(block), magnitude.flatten(0, 1).split(block), strict=True):
            bands = 10 ** (part / 10)
            power = (bands @ self.pinv).maximum(bands @ self.smooth)
            update = torch.empty_like(power)
            for _ in range(MEL_UPDATES):
                update.zero_()
                for low, high, some in self._mel_bands:
                    ratio = bands[:, some] / (power[:, low:high] @ self.mel[low:high, some]).clamp_(min=TINY)
                    update[:, low:high].addmm_(ratio, self.shares[some, low:high])
                power *= update
            torch.sqrt(power, out=out)
        return magnitude

    @torch.no_grad()
    @_one_thread()
    def griffin_lim(
        self,
        magnitude: Tensor,
        length: int | None = None,
        phase: Tensor | None = None,
        known: Tensor | None = None,
    ) -> Tensor:
        """Find phases for magnitudes ``(batch, frames, n_fft // 2 + 1)``: waveforms ``(batch, samples)``.

        Griffin-Lim with momentum (Perraudin, Balazs & Søndergaard, "A fast Griffin-Lim algorithm", 2013), from phases
        like the magnitudes in shape, in radians, by default those of :func:`gtzan.audio.phases.phases_of`, to which
        those of the first frames may be ``known``. Raises what ``forward`` raises of a length.
        """
        frames, hop_length = magnitude.shape[1], self.settings["hop_length"]
        shortest = (frames - 1) * hop_length
        samples = shortest if length is None else length
        if samples < 0:
            raise ValueError(f"a waveform has no negative length: {length}")
        # The extractor pads with zeros. So must we: samples outside of the clip are known, and help to find the others.
        reach = min(max(samples, shortest), shortest + hop_length - 1)
        weight = self._weight(frames, reach)

        if phase is None:
            clips = magnitude.float().cpu().numpy()
            first = [None] * len(clips) if known is None else known.cpu().numpy()
            phases = [phases_of(clip, hop_length, own) for clip, own in zip(clips, first, strict=True)]
            phase = torch.from_numpy(np.stack(phases)).to(magnitude.device)
        spectrum = torch.complex(magnitude * phase.cos(), magnitude * phase.sin())
        rows = self._rows(len(magnitude), frames)
        block = BLOCKS.get(magnitude.device.type, MAX_FRAMES)
        targets, estimates = magnitude.split(block, dim=1), spectrum.split(block, dim=1)
        previous = [spectrum.new_zeros(())] * len(targets)
        for _ in range(self.iterations):
            windows = self._synthesise(estimates, rows, weight).unfold(-1, len(self.window), hop_length)
            for i, window in enumerate(windows.split(block, dim=1)):
                consistent = torch.fft.rfft(window * self.window)
                torch.add(consistent, previous[i], alpha=-self.momentum / (1 + self.momentum), out=estimates[i])
                previous[i] = consistent
                estimates[i].mul_(targets[i] / _modulus(estimates[i]).clamp_(min=TINY))
        start = len(self.window) // 2
        waveform = self._synthesise(estimates, rows, weight)[:, start : start + min(samples, reach)]
        return F.pad(waveform, (0, samples - waveform.shape[1]))

    def _synthesise(self, spectrum: Sequence[Tensor], rows: Tensor, weight: Tensor) -> Tensor:
        """The waveform that is nearest to a spectrum in the squared error, and half a window longer at both ends.

        It is written into ``rows``, over what they held.
        """
        rows.zero_()
        start = 0
        for part in spectrum:
            self._overlap_add(rows[:, start:], torch.fft.irfft(part, n=len(self.window)).mul_(self.window))
            start += part.shape[1]
        return rows.flatten(1)[:, : len(weight)].mul_(weight)

    def _weight(self, frames: int, reach: int) -> Tensor:
        """One over the sum of squared windows for ``reach`` samples, zero for those outside of the clip."""
        rows = self._rows(1, frames)
        self._overlap_add(rows, self.window.square().expand(1, frames, -1))
        n_fft = len(self.window)
        overlap = rows.flatten()[: (frames - 1) * self.settings["hop_length"] + n_fft]
        weight = torch.zeros_like(overlap)
        inside = slice(n_fft // 2, n_fft // 2 + reach)
        weight[inside] = 1 / overlap[inside].clamp(min=MIN_OVERLAP)
        return weight

    def _rows(self, batch: int, frames: int) -> Tensor:
        """Zeros for a waveform, one row per hop."""
        hop_length = self.settings["hop_length"]
        hops = -(-len(self.window) // hop_length)
        return self.window.new_zeros(batch, frames + hops - 1, hop_length)

    def _overlap_add(self, rows: Tensor, frames: Tensor) -> None:
        # Hop by hop, all frames at once. torch.istft does the same with a fold that takes some 20 times as long.
        for i, hop in enumerate(frames.split(self.settings["hop_length"], dim=-1)):
            rows[:, i : i + frames.shape[1], : hop.shape[-1]] += hop

    def _check(self, mfcc: Tensor) -> None:
        n_mfcc = self.settings["n_mfcc"]
        if mfcc.ndim != 3 or not mfcc.is_floating_point() or mfcc.shape[-1] != n_mfcc or not mfcc.numel():
            raise ValueError(
                f"MFCCs are a floating-point tensor (batch, frames, {n_mfcc}), not {mfcc.dtype} {tuple(mfcc.shape)}"
            )
        if mfcc.isnan().any():
            raise UserError("the MFCCs hold NaN: whatever made them has diverged, or was given broken data")


def _modulus(spectrum: Tensor) -> Tensor:
    if spectrum.device.type == "cpu":
        return torch.from_numpy(np.abs(spectrum.numpy()))  # many times faster than torch's
    return spectrum.abs()
