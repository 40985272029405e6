import numpy as np
import pytest

from gtzan.audio.deformations import DEFORMATIONS, encode_mp3

RATE = 22050
rng = np.random.default_rng


def tone(hertz: float, seconds: float = 3.0) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def deformed(name: str, waveform: np.ndarray, seed: int = 0, rate: int = RATE) -> np.ndarray:
    return DEFORMATIONS[name](waveform, rate, rng(seed))


def level(waveform: np.ndarray) -> float:
    """In dB."""
    return 10 * np.log10(np.mean(np.square(waveform, dtype=np.float64)))


def pitch(waveform: np.ndarray) -> float:
    """Of the loudest component in the middle second, in Hz."""
    middle = waveform[len(waveform) // 2 - RATE // 2 :][:RATE]
    return float(np.abs(np.fft.rfft(middle * np.hanning(RATE), 8 * RATE)).argmax() / 8)


@pytest.mark.parametrize("name", DEFORMATIONS)
def test_every_deformation_gives_the_same_finite_sound_again_and_leaves_its_input_alone(name):
    waveform = tone(440, 1)
    before = waveform.copy()
    first = deformed(name, waveform)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, deformed(name, waveform))
    np.testing.assert_array_equal(waveform, before)


@pytest.mark.parametrize("kbits", [64, 128])
@pytest.mark.parametrize("rate", [16000, 22050, 44100])
def test_an_mp3_has_the_bit_rate(kbits, rate):
    noise = rng(0).normal(0, 0.1, 20 * rate).astype(np.float32)
    assert len(encode_mp3(noise, rate, kbits)) * 8 / 20 == pytest.approx(1000 * kbits, rel=0.01)


@pytest.mark.parametrize("rate", [16000, 22050, 30000])
def test_mp3_changes_music_a_little_and_delays_it_not_at_all(rate):
    t = np.arange(2 * rate) / rate
    chirp = (0.4 * np.sin(2 * np.pi * (200 * t + 500 * t**2))).astype(np.float32)
    errors = [deformed(name, chirp, rate=rate) - chirp for name in ("mp3_128", "mp3_64")]
    assert all(len(error) == len(chirp) for error in errors)
    assert 15 < level(chirp) - level(errors[1][2000:-2000]) < 80  # a delay of a sample would leave no more than 10 dB
    assert level(errors[0]) < level(errors[1]) + 1


@pytest.mark.parametrize("snr", [20, 10])
def test_noise_has_the_ratio_of_signal_to_noise(snr):
    waveform = tone(440)
    added = deformed(f"noise_{snr}", waveform) - waveform
    assert level(waveform) - level(added) == pytest.approx(snr, abs=0.1)
    assert not np.array_equal(added, deformed(f"noise_{snr}", waveform, seed=1) - waveform)


@pytest.mark.parametrize(("name", "semitones"), [("pitch_up_2", 2), ("pitch_down_2", -2)])
def test_pitch_moves_and_the_length_stays(name, semitones):
    waveform = tone(440)
    shifted = deformed(name, waveform)
    assert len(shifted) == len(waveform)
    assert pitch(shifted) == pytest.approx(440 * 2 ** (semitones / 12), rel=0.005)


@pytest.mark.parametrize(("name", "tempo"), [("tempo_up_10", 1.1), ("tempo_down_10", 0.9)])
def test_tempo_changes_the_length_and_the_pitch_stays(name, tempo):
    waveform = tone(440)
    stretched = deformed(name, waveform)
    assert len(stretched) == pytest.approx(len(waveform) / tempo, abs=2)
    assert pitch(stretched) == pytest.approx(440, rel=0.005)


def test_low_pass_removes_what_lies_above_4_khz():
    low, high = tone(2000), tone(6000)
    inside = slice(RATE // 2, -RATE // 2)
    np.testing.assert_allclose(deformed("lowpass_4k", low)[inside], low[inside], atol=0.002)
    assert level(deformed("lowpass_4k", high)[inside]) < level(high) - 50
    assert deformed("lowpass_4k", low, rate=8000) is low  # which has nothing above


def test_gain_is_minus_20_db():
    waveform = tone(440)
    assert level(waveform) - level(deformed("gain_minus_20", waveform)) == pytest.approx(20, abs=0.01)


def test_excerpts_are_five_seconds_or_all_of_less():
    ramp = np.arange(7 * RATE, dtype=np.float32)
    starts = {name: deformed(name, ramp)[0] for name in ("first_5s", "middle_5s", "last_5s")}
    assert starts == {"first_5s": 0, "middle_5s": RATE, "last_5s": 2 * RATE}
    assert all(len(deformed(name, ramp)) == 5 * RATE for name in starts)
    assert all(len(deformed(name, ramp[:RATE])) == RATE for name in starts)
