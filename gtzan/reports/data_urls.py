"""Pictures and sounds as ``data:`` URLs, small enough for a page that holds many."""

import io
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from gtzan.audio.files import resample
from gtzan.reports.page import data_uri

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)  # Hz: the format has no others


def image_url(path: Path) -> str:
    """A picture file as WebP."""
    return webp_url(Image.open(path))


def webp_url(image: Image.Image) -> str:
    """A picture as WebP, a quarter of a figure's PNG."""
    content = io.BytesIO()
    image.convert("RGB").save(content, "WEBP", quality=82, method=3)
    return data_uri(content.getvalue(), "image/webp")


def audio_url(waveform: np.ndarray, sample_rate: int) -> str:
    """A waveform ``(samples,)`` as MP3, which every browser plays; as WAV where libsndfile is older than 1.1."""
    mp3 = "MP3" in soundfile.available_formats()
    if mp3 and sample_rate not in MP3_RATES:
        waveform, sample_rate = resample(np.asarray(waveform, dtype=np.float32), sample_rate, 44100), 44100
    how = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": 0.8} if mp3 else {"format": "WAV"}
    content = io.BytesIO()
    soundfile.write(content, np.clip(waveform, -1, 1), sample_rate, **how)
    return data_uri(content.getvalue(), "audio/mpeg" if mp3 else "audio/wav")
