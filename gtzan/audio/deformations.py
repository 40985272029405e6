"""What happens to music on its way to a listener: codecs, noise, other speeds and keys, filters, levels, excerpts."""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
import soundfile
from scipy.signal import butter, sosfiltfilt

from gtzan.audio.files import resample

MP3_RATES = (16000, 22050, 24000, 32000, 44100, 48000)  # Hz
EXCERPT = 5.0  # seconds

Deformation = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
"""Maps a waveform ``(samples,)``, its sample rate in Hz and a source of randomness to another waveform."""


def mp3(kbits: int, waveform: np.ndarray, rate: int, _: np.random.Generator) -> np.ndarray:
    """The waveform after MP3 at a constant rate of ``kbits`` kbit/s, mono, as long as before and not delayed.

    libsndfile encodes with LAME and removes the delay of encoder and decoder, whose length LAME's tag gives. A sample
    rate that MP3 does not have at these bit rates is changed to 44.1 kHz and back.
    """
    coded = rate if rate in MP3_RATES else 44100
    file = io.BytesIO(encode_mp3(resample(waveform, rate, coded), coded, kbits))
    decoded = resample(soundfile.read(file, dtype="float32")[0], coded, rate)[: len(waveform)]
    return np.pad(decoded, (0, len(waveform) - len(decoded)))


def encode_mp3(waveform: np.ndarray, rate: int, kbits: int) -> bytes:
    """An MP3 file of a waveform at one of ``MP3_RATES``."""
    # libsndfile takes a constant bit rate as a place between the highest and the lowest that the sample rate has.
    lowest, highest = (8, 160) if rate < 32000 else (32, 320)
    level = (highest - kbits) / (highest - lowest)
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", rate, 1, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=level
    ) as sound:
        sound.write(waveform)
    return file.getvalue()


def noise(snr_db: float, waveform: np.ndarray, _: int, rng: np.random.Generator) -> np.ndarray:
    """White Gaussian noise added, ``snr_db`` below the mean power of the whole waveform."""
    deviation = np.sqrt(np.mean(np.square(waveform, dtype=np.float64))) * 10 ** (-snr_db / 20)
    return waveform + np.float32(deviation) * rng.standard_normal(len(waveform), dtype=np.float32)


def stretch(semitones: float, tempo: float, waveform: np.ndarray, rate: int, _: np.random.Generator) -> np.ndarray:
    """Pitch moved by semitones, and ``tempo`` times as fast at that pitch, by Signalsmith Stretch."""
    from python_stretch.Signalsmith import Stretch  # of the extra robust

    stretcher = Stretch(0)
    stretcher.preset(1, rate)
    stretcher.setTransposeSemitones(semitones)
    stretcher.timeFactor = tempo
    return np.asarray(stretcher.process(waveform[None]))[0]


def low_pass(hertz: float, waveform: np.ndarray, rate: int, _: np.random.Generator) -> np.ndarray:
    """What lies below a frequency (−6 dB there, about 96 dB per octave above it, no delay)."""
    if hertz >= rate / 2:
        return waveform
    return sosfiltfilt(butter(8, hertz, fs=rate, output="sos"), waveform).astype(np.float32)


def gain(decibels: float, waveform: np.ndarray, *_) -> np.ndarray:
    return waveform * np.float32(10 ** (decibels / 20))


def excerpt(place: float, waveform: np.ndarray, rate: int, _: np.random.Generator) -> np.ndarray:
    """Five seconds, or all of a shorter waveform: ``place`` is 0 for the first, 0.5 for the middle, 1 for the last."""
    samples = min(round(EXCERPT * rate), len(waveform))
    start = round(place * (len(waveform) - samples))
    return waveform[start : start + samples]


DEFORMATIONS: dict[str, Deformation] = {
    "mp3_128": partial(mp3, 128),
    "mp3_64": partial(mp3, 64),
    "noise_20": partial(noise, 20),
    "noise_10": partial(noise, 10),
    "pitch_up_2": partial(stretch, 2, 1),
    "pitch_down_2": partial(stretch, -2, 1),
    "tempo_up_10": partial(stretch, 0, 1.1),
    "tempo_down_10": partial(stretch, 0, 0.9),
    "lowpass_4k": partial(low_pass, 4000),
    "gain_minus_20": partial(gain, -20),
    "first_5s": partial(excerpt, 0),
    "middle_5s": partial(excerpt, 0.5),
    "last_5s": partial(excerpt, 1),
}
"""By name: MP3 at kbit/s, noise at dB of signal to noise, pitch in semitones, tempo in %, low-pass in kHz, gain in dB,
excerpts in s.
"""

STRETCHED = tuple(name for name in DEFORMATIONS if name.startswith(("pitch", "tempo")))
"""Those that need the library python-stretch."""
