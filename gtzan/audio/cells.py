"""Audio divided into cells, a window of time and a band of frequencies each, whose levels can be changed."""

import librosa
import numpy as np
import torch

N_FFT, HOP = 2048, 512  # samples


class Cells:
    """A waveform whose cells have gains of their own.

    Neighbouring windows fade into each other within an STFT frame; bands have edges as sharp as its bins.

    Args:
        waveform: ``(samples,)``, mono.
        sample_rate: in Hz.
        seconds: ``(windows + 1,)``, edges of the windows; what lies outside belongs to the first and the last.
        hertz: ``(bands + 1,)``, edges of the bands, likewise.
    """

    def __init__(self, waveform: np.ndarray, sample_rate: int, seconds: np.ndarray, hertz: np.ndarray) -> None:
        self.samples = len(waveform)
        self.shape = len(seconds) - 1, len(hertz) - 1
        self.fade = torch.hann_window(N_FFT)
        self.spectrum = torch.stft(
            torch.from_numpy(waveform).float(),
            N_FFT,
            HOP,
            window=self.fade,
            pad_mode="constant",  # reflection needs more samples than the shortest audio has
            return_complex=True,
        )
        bins, frames = self.spectrum.shape
        self.window = np.searchsorted(seconds[1:-1], np.arange(frames) * HOP / sample_rate, side="right")
        self.band = np.searchsorted(hertz[1:-1], np.arange(bins) * sample_rate / N_FFT, side="right")

    def with_gains(self, gains: np.ndarray) -> np.ndarray:
        """The waveform ``(samples,)`` after each cell was multiplied by its gain, ``(windows, bands)``."""
        mask = torch.from_numpy(gains[self.window][:, self.band].T.astype(np.float32))
        return torch.istft(self.spectrum * mask, N_FFT, HOP, window=self.fade, length=self.samples).numpy()


def mel_band_edges(sample_rate: int, bands: int) -> np.ndarray:
    """Edges ``(bands + 1,)``, in Hz, of bands of equal width on the mel scale, from 0 to half the sample rate."""
    return librosa.mel_frequencies(bands + 1, fmin=0, fmax=sample_rate / 2)
