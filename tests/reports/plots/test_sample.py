import warnings

import librosa
import matplotlib
import numpy as np
import pytest

from gtzan.reports.plots import sample as figures
from gtzan.reports.plots.style import pixels

AWKWARD = ["$x^2$", "演歌", "<b>&amp;", "hip\thop\n2", "\udcff raw bytes", "x" * 300, "%d{}\\frac"]
TITLE = "the $1 corpus_ (synthetic music) · seed 0"

rng = np.random.default_rng(0)


def drawn(n_frames=40, n_mfcc=128, n_mels=128, rate=22050, caption="classical 00"):
    mfcc, log_mel = rng.normal(0, 20, (n_frames, n_mfcc)), rng.normal(-40, 10, (n_frames, n_mels))
    return figures.sample(mfcc.astype(np.float32), log_mel.astype(np.float32), 0.02, rate, caption, TITLE)


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


@pytest.mark.parametrize("caption", AWKWARD)
def test_a_sample_is_drawn_whatever_its_name_holds_and_its_title_says_of_what(caption):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = drawn(caption=caption)
        assert pixels(figure, dpi=40).std() > 0
    assert TITLE in figure.get_suptitle().replace("\n", " ")


@pytest.mark.parametrize(("n_frames", "n_mfcc", "n_mels", "rate"), [(1, 1, 1, 8000), (9, 13, 40, 44100)])
def test_any_shape_and_rate_is_drawn(n_frames, n_mfcc, n_mels, rate):
    assert pixels(drawn(n_frames, n_mfcc, n_mels, rate), dpi=40).std() > 0


def test_both_panels_share_the_time_axis():
    above, below = drawn(n_frames=50).axes[:2]
    assert above.get_xlim() == below.get_xlim() == pytest.approx((0, 1.0))


def test_silence_is_drawn():
    figure = figures.sample(np.zeros((20, 20)), np.full((20, 64), -100.0), 0.02, 22050, "silence 00", TITLE)
    assert pixels(figure, dpi=40).std() > 0


def test_only_the_first_coefficients_are_shown_and_it_says_so():
    assert "generated MFCCs, the first 20 of 128" in texts(drawn(n_mfcc=128))
    assert "generated MFCCs" in texts(drawn(n_mfcc=13))


@pytest.mark.parametrize(("rate", "hertz"), [(22050, 2000), (44100, 10000), (8000, 500)])
def test_a_tone_is_loudest_where_the_axis_says_its_frequency_is(rate, hertz):
    tone = np.sin(2 * np.pi * hertz * np.arange(rate) / rate)
    log_mel = librosa.power_to_db(librosa.feature.melspectrogram(y=tone, sr=rate, n_mels=128)).T
    axes = figures.sample(np.zeros((len(log_mel), 20)), log_mel, 0.02, rate, "tone 00", TITLE).axes[1]
    ticks = {label.get_text(): y for y, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)}
    label = f"{hertz // 1000}k" if hertz >= 1000 else str(hertz)
    assert abs(ticks[label] - (1 + log_mel[len(log_mel) // 2].argmax())) <= 1
    assert all(0.5 <= y <= 128.5 for y in ticks.values())


def test_spectrograms_stand_in_a_row_for_each_genre():
    real, generated = np.zeros((50, 64)), np.full((40, 64), -30.0)
    rows = {genre: {"real": real, "generated": generated} for genre in ("$pop_1", "blues")}
    figure = figures.side_by_side(rows, 0.02, 22050, TITLE)
    *panels, bar = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "$pop_1, real",
        "$pop_1, generated",
        "blues, real",
        "blues, generated",
    ]
    assert panels[3].images[0].get_array().shape == (64, 40)
    assert "(dB)" in bar.get_ylabel()
    assert {panel.images[0].get_clim() for panel in panels} == {bar.get_ylim()}  # which is true of all, then
    assert pixels(figure).std() > 0
