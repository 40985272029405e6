"""The sound of a record: equaliser, band limits, reverb, noise, saturation and level."""

from dataclasses import dataclass, replace

import numpy as np

from gtzan.corpora.composer.style import Sound

_BANDS = np.array([60.0, 150.0, 350.0, 800.0, 1800.0, 4000.0, 8000.0])  # Hz, where the equaliser's gains are given

# Standard deviations in dB of the equaliser's bands: between artists, and between one artist's songs.
ARTIST_EQUALISER = 1.0
SONG_EQUALISER = 1.5


@dataclass(frozen=True)
class Recording:
    """How a mix becomes a record.

    Attributes:
        equaliser: gains in dB at ``_BANDS``.
        low_cut, high_cut: band limits in Hz.
        reverb_time: decay by 60 dB, seconds.
        reverb_level: reverb relative to the dry sound, dB.
        noise_level: noise relative to the music, dB.
        noise_slope: colour of the noise, dB per octave: 0 white, −3 pink.
        saturation: 0 (clean tape) to 1 (hot).
        loudness: root mean square of the record, dB relative to full scale.
    """

    equaliser: tuple[float, ...]
    low_cut: float
    high_cut: float
    reverb_time: float
    reverb_level: float
    noise_level: float
    noise_slope: float
    saturation: float
    loudness: float

    @classmethod
    def draw(cls, sound: Sound, rng: np.random.Generator) -> "Recording":
        """A record in a genre's usual sound, of any time and any budget."""
        return cls(
            equaliser=tuple(g + float(rng.normal(0, ARTIST_EQUALISER)) for g in sound.equaliser),
            low_cut=float(np.exp(rng.uniform(np.log(20), np.log(80)))),
            high_cut=float(np.exp(rng.uniform(np.log(7500), np.log(13000)))),
            reverb_time=float(rng.uniform(0.3, 2.2)),
            reverb_level=sound.reverb + float(rng.normal(0, 3)),
            noise_level=sound.noise + float(rng.normal(0, 4)),
            noise_slope=float(rng.uniform(-4, -1)),
            saturation=float(rng.uniform(0, 0.8)),
            loudness=sound.loudness + float(rng.normal(0, 1.5)),
        )

    def nearby(self, rng: np.random.Generator) -> "Recording":
        """Another song of the same sessions."""
        return replace(
            self,
            equaliser=tuple(g + float(rng.normal(0, SONG_EQUALISER)) for g in self.equaliser),
            high_cut=self.high_cut * float(np.exp(rng.normal(0, 0.08))),
            reverb_level=self.reverb_level + float(rng.normal(0, 2)),
            noise_level=self.noise_level + float(rng.normal(0, 4)),
            loudness=self.loudness + float(rng.normal(0, 1.5)),
        )

    def master(self, mix: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
        """Record a mono mix of any level, float ``(samples,)``; the result stays within ±0.98, its mean is 0."""
        samples = len(mix)
        size = _padded(samples + rate)  # a second of zeros, so that reverb does not wrap around audibly
        frequency = np.fft.rfftfreq(size, 1 / rate)
        music = np.fft.rfft(mix, size) * self._response(frequency) * (1 + self._reverb(size, rate, rng))
        # The noise is drawn as a spectrum: phases at random, magnitudes along its slope.
        slope = np.maximum(frequency, 30.0) ** (self.noise_slope / 6.02)
        noise = slope * np.exp(2j * np.pi * rng.random(len(frequency)))
        # The music fills the samples only, the noise the padding as well.
        noise *= 10 ** (self.noise_level / 20) * np.sqrt(size / samples) * _rms(music) / _rms(noise)
        record = np.fft.irfft(music + noise, size)[:samples]
        record /= _rms(record)
        if self.saturation > 0.05:
            drive = 0.6 * self.saturation
            record = np.tanh(drive * record) / drive
        record -= record.mean()
        record *= 10 ** (self.loudness / 20) / _rms(record)
        return _limited(record)

    def _response(self, frequency: np.ndarray) -> np.ndarray:
        coarse = np.geomspace(5, 16_000, 1000)
        gain = np.interp(np.log2(coarse), np.log2(_BANDS), self.equaliser)
        low = 1 / (1 + (self.low_cut / coarse) ** 4)
        high = 1 / (1 + (coarse / self.high_cut) ** 8)
        return np.interp(frequency, coarse, 10 ** (gain / 20) * np.sqrt(low * high), left=0.0)

    def _reverb(self, size: int, rate: int, rng: np.random.Generator) -> np.ndarray:
        """Spectrum of exponentially decaying noise after 15 ms of silence."""
        time = np.arange(int(min(self.reverb_time, 1.0) * rate)) / rate
        tail = rng.standard_normal(len(time)) * np.exp(-6.9 * time / self.reverb_time)
        tail *= 10 ** (self.reverb_level / 20) / np.sqrt((tail**2).sum())
        return np.fft.rfft(np.concatenate([np.zeros(int(0.015 * rate)), tail]), size)


def _padded(samples: int) -> int:
    """The next multiple of 2**15: a length that fast Fourier transforms like."""
    return -(-samples // 32768) * 32768


def _rms(signal: np.ndarray) -> float:
    return float(np.sqrt(np.mean(signal.real**2 + signal.imag**2))) + 1e-12


def _limited(record: np.ndarray, ceiling: float = 0.98, knee: float = 0.7) -> np.ndarray:
    """Bend what exceeds the knee so that nothing reaches the ceiling: peaks get rounder, not clipped."""
    over = np.abs(record) > knee
    excess = np.abs(record[over]) - knee
    record[over] = np.sign(record[over]) * (knee + (ceiling - knee) * np.tanh(excess / (ceiling - knee)))
    return record
