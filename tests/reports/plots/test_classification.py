import warnings

import matplotlib
import numpy as np
import pytest

from gtzan.evaluation.classification_report import classification_report
from gtzan.reports.plots import classification as figures
from gtzan.reports.plots.style import one_line, pixels

AWKWARD = ["$a_b$ ^", "演歌", "<b>&amp;", "hip\thop\n2", "\udcff raw bytes", "x" * 300, "$", "%d{}\\frac"]
TITLE = "the $1 corpus_ (synthetic music) · split 70/30"

rng = np.random.default_rng(0)


def frames(n=40, n_mfcc=13):
    return rng.normal(0, 20, (n, n_mfcc)).astype(np.float32)


def every_figure(classes):
    n = len(classes)
    y, predicted = rng.integers(0, n, 60), rng.integers(0, n, 60)
    history = [{"epoch": 1, "train/loss": 2.0, "train/mse": 0.1, "train/accuracy": 0.3}]
    probabilities = rng.dirichlet(np.ones(n), 5)
    name = classes[0]
    yield figures.curves(history, TITLE)
    yield figures.confusion(rng.integers(0, 9, (n, n)), classes, TITLE)
    yield figures.report(classification_report(y, predicted, classes), TITLE)
    yield figures.mfcc(frames(), 0.02, name, TITLE)
    means = np.stack([frames() for _ in classes])
    probability = probabilities[0]
    yield figures.misclassified(
        frames(60), means, np.ones(13), 0.02, 0, 1, probability, classes, f"{name} ({name})", TITLE
    )
    yield figures.timeline(probabilities, np.arange(6.0), probabilities.mean(axis=0), classes, name, TITLE)


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


@pytest.mark.parametrize(
    "classes", [["bass", "treble"], AWKWARD, pytest.param([f"genre {i}" for i in range(30)], marks=pytest.mark.slow)]
)
def test_every_figure_is_drawn_whatever_its_names_hold(classes):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in every_figure(classes):
            picture = pixels(figure, dpi=40)
            assert picture.dtype == np.uint8
            assert picture.shape[2] == 3
            assert picture.std() > 0


def test_every_title_carries_the_text_handed_in():
    for figure in every_figure(["a", "b", "c"]):
        assert TITLE in figure.get_suptitle().replace("\n", " ")


def test_text_is_shown_literally_under_any_settings_of_the_user():
    with matplotlib.rc_context({"text.parse_math": True, "axes.facecolor": "black"}):
        for figure in every_figure(AWKWARD):
            assert not any(
                text.get_parse_math() for text in figure.findobj(matplotlib.text.Text) if "$" in text.get_text()
            )
            assert all(axes.get_facecolor() != (0, 0, 0, 1) for axes in figure.axes)


def test_drawing_leaves_no_state_behind():
    before = dict(matplotlib.rcParams)
    pixels(next(every_figure(["a", "b"])), dpi=40)
    assert dict(matplotlib.rcParams) == before
    plt = pytest.importorskip("matplotlib.pyplot")
    assert plt.get_fignums() == []


def test_epochs_without_validation_are_left_out_of_its_curve():
    history = [{"epoch": e, "train/loss": 1.0, "train/mse": 0.1, "train/accuracy": 0.5} for e in (1, 2, 3)]
    history[1] |= {"val/loss": 1.5, "val/mse": 0.2, "val/accuracy": 0.4}
    loss = figures.curves(history, TITLE, "held-out").axes[0]
    lines = {line.get_label(): line.get_xydata().tolist() for line in loss.lines}
    assert lines == {"training": [[1, 1], [2, 1], [3, 1]], "held-out": [[2, 1.5]]}


def test_the_confusion_matrix_tells_counts_and_shares_of_the_true_genre():
    found = texts(figures.confusion(np.array([[3, 1], [0, 0]]), ["a", "b"], TITLE))
    assert {"3", "75%", "1", "25%", "a (4)", "b (0)"} <= set(found)


def test_a_confusion_matrix_of_samples_has_the_requested_genres_alone():
    figure = figures.confusion(np.array([[0, 0, 0], [1, 3, 0], [0, 0, 0]]), ["a", "b", "c"], TITLE, requested=[1])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b (4)"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert axes.get_ylabel() == "requested genre (samples)"
    assert "3 of 4 samples correct (75.0%)" in figure.get_suptitle()
    assert [text.get_weight() for text in axes.texts if text.get_text() == "3"] == ["bold"]
    assert pixels(figure, dpi=40).std() > 0


def test_a_genre_without_tracks_has_dashes_in_the_report():
    rows = classification_report(np.array([0, 0]), np.array([0, 1]), ["a", "b"])
    found = texts(figures.report(rows, TITLE, "samples"))
    assert found.count("—") == 3
    assert "samples" in found
    assert "0.00" not in found


def test_a_genre_without_training_tracks_stays_blank():
    means = np.stack([frames(), np.full((40, 13), np.nan)])
    figure = figures.misclassified(
        frames(), means, np.ones(13), 0.02, 1, 0, np.array([0.7, 0.3]), ["a", "b"], "x", TITLE
    )
    assert pixels(figure, dpi=40).std() > 0


@pytest.mark.parametrize("n_mfcc", [1, 20, 128])
def test_any_number_of_coefficients_is_drawn(n_mfcc):
    assert pixels(figures.mfcc(frames(10, n_mfcc), 0.02, "x", TITLE), dpi=40).std() > 0


def test_a_line_is_short_printable_and_one():
    assert one_line("a\n b\tc", 20) == "a b c"
    assert one_line("x" * 30, 10) == "x" * 9 + "…"
    assert one_line("\udcff\x00", 20).isprintable()
