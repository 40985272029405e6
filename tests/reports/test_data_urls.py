import base64
import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from gtzan.reports.data_urls import audio_url, image_url


def content(uri: str, media_type: str) -> io.BytesIO:
    head, _, body = uri.partition(",")
    assert head == f"data:{media_type};base64"
    return io.BytesIO(base64.b64decode(body))


def test_a_sound_is_small_and_keeps_its_length_and_pitch():
    t = np.arange(22050) / 22050
    made = content(audio_url(0.5 * np.sin(2 * np.pi * 440 * t), 22050), "audio/mpeg")
    assert made.getbuffer().nbytes < 12_000
    waveform, rate = soundfile.read(made)
    assert rate == 22050
    assert len(waveform) == pytest.approx(22050, abs=2500)
    assert np.abs(np.fft.rfft(waveform)).argmax() * rate / len(waveform) == pytest.approx(440, abs=2)


def test_a_sound_of_a_rate_that_mp3_does_not_have_is_resampled():
    _, rate = soundfile.read(content(audio_url(np.zeros(30_000), 30_000), "audio/mpeg"))
    assert rate == 44100


def test_an_older_libsndfile_writes_wav(monkeypatch):
    monkeypatch.setattr(soundfile, "available_formats", lambda: {"WAV": "WAV (Microsoft)"})
    waveform, _ = soundfile.read(content(audio_url(np.zeros(100), 22050), "audio/wav"))
    assert len(waveform) == 100


def test_a_picture_is_a_webp_of_the_same_size(tmp_path):
    Image.fromarray(np.full((30, 50, 3), 200, np.uint8)).save(tmp_path / "a.png")
    assert Image.open(content(image_url(tmp_path / "a.png"), "image/webp")).size == (50, 30)
