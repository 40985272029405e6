import csv
import warnings
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

from gtzan.evaluation.pca import Projection, TrackFeatures
from gtzan.reports.pca_report import pca_report
from gtzan.reports.plots import pca as pca_figures
from gtzan.reports.plots.style import pixels

TITLE = "the $1 corpus_ (synthetic music) · split 70/30"
AWKWARD = (
    "$a_b$ ^",
    "演歌",
    "<b>&amp;",
    "hip\thop\n2",
    "\udcff raw bytes",
    "x" * 300,
    "$",
    "%d{}\\frac",
    *"ABC",
)


def tracks(genres=("a", "b"), each=5, seed=0) -> TrackFeatures:
    rng = np.random.default_rng(seed)
    genre = np.arange(each * len(genres)) % len(genres)
    x = rng.normal(size=(len(genre), 4)) + 3 * genre[:, None] * (1, 0, 1, 0)
    return TrackFeatures(x, genre, genres, ("mfcc 1", "mfcc 2", "chroma C", "spectral centroid"))


def every_figure(train, test, generated):
    projection = Projection.fit(train)
    yield pca_figures.scatter(projection, train, test, generated, TITLE)
    yield pca_figures.explained_variance(projection, TITLE)
    yield pca_figures.loadings(projection, TITLE)


@pytest.mark.parametrize("genres", [("alone",), ("a", "b"), AWKWARD])
@pytest.mark.parametrize("generated", [False, True])
def test_every_figure_is_drawn_whatever_its_names_hold(genres, generated):
    parts = tracks(genres), tracks(genres, 3, seed=1), tracks(genres, 1, seed=2) if generated else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in every_figure(*parts):
            assert pixels(figure, dpi=40).std() > 0
            assert TITLE in figure.get_suptitle().replace("\n", " ")
            assert not any(text.get_parse_math() for text in figure.findobj(matplotlib.text.Text) if text.get_text())


def test_generated_tracks_stand_beside_the_real_ones_on_the_same_axes():
    train, test, generated = tracks(), tracks(seed=1), tracks(seed=2)
    far = replace(generated, x=generated.x + 40)
    (alone,) = next(every_figure(train, test, None)).axes
    real, made = next(every_figure(train, test, far)).axes
    assert real.get_xlim() == made.get_xlim()
    assert real.get_ylim() == made.get_ylim()
    points = Projection.fit(train).transform(far)[:, :2]
    assert (points[:, 0] < made.get_xlim()[1]).all()
    assert (points > alone.get_xlim()[1]).any()
    assert [axes.get_title(loc="left") for axes in (real, made)] == [
        "real: 10 training, 10 held-out tracks",
        "generated: 10 tracks",
    ]


def test_held_out_tracks_are_hollow():
    axes = next(every_figure(tracks(), tracks(seed=1), None)).axes[0]
    filled = [len(dots.get_facecolors()) > 0 for dots in axes.collections]
    assert filled == [True, True, False, False]
    assert len(axes.lines) == 2  # an ellipse for each genre


def test_what_is_held_out_or_generated_moves_no_axis():
    train = tracks()
    one = pca_report(train, tracks(seed=1), None, TITLE).projection
    other = pca_report(train, tracks(each=2, seed=3), tracks(seed=4), TITLE).projection
    np.testing.assert_array_equal(one.loadings, other.loadings)
    np.testing.assert_array_equal(one.transform(train), other.transform(train))


def test_the_table_describes_the_plane_for_real_and_generated_tracks(tmp_path):
    train, test = tracks(("a", "b", "c")), tracks(("a", "b", "c"), seed=1)
    generated = replace(train, x=train.x[:3], genre=np.array([0, 0, 1]))
    report = pca_report(train, test, generated, TITLE)
    report.write(tmp_path)
    with open(tmp_path / "separability.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["source", "genre_a", "genre_b", "silhouette", "centroid_distance"]
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert [(r["source"], r["genre_a"], r["genre_b"]) for r in rows] == [
        (source, *pair) for source in ("real", "generated") for pair in pairs
    ]
    points = np.concatenate([report.projection.transform(part)[:, :2] for part in (train, test)])
    genre = np.concatenate([train.genre, test.genre])
    expected = np.linalg.norm(points[genre == 0].mean(axis=0) - points[genre == 2].mean(axis=0))
    assert float(rows[1]["centroid_distance"]) == pytest.approx(expected, abs=1e-6)
    assert rows[4]["silhouette"] == rows[4]["centroid_distance"] == ""  # nothing of c was generated

    lines = str(report).splitlines()
    assert "component 1" in lines[0]
    assert [line.split()[0:3] for line in lines[-3:]] == [[a, "–", b] for a, b in pairs]
    assert lines[-2].split()[-1] == "—"
    assert {path.name for path in tmp_path.iterdir()} == {
        "pca.png",
        "pca_variance.png",
        "pca_loadings.png",
        "separability.csv",
    }


def test_one_genre_has_pictures_and_no_pairs(tmp_path):
    report = pca_report(tracks(("alone",)), tracks(("alone",), seed=1), None, TITLE)
    report.write(tmp_path)
    assert report.separability == []
    assert (tmp_path / "separability.csv").read_text().splitlines() == [
        "source,genre_a,genre_b,silhouette,centroid_distance"
    ]
    assert "two genres" not in str(report)
