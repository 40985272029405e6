from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio
from gtzan.audio.generated import GeneratedFile
from gtzan.corpora.splits import make_split
from gtzan.errors import UserError
from gtzan.evaluation.pca import LEVEL, Projection, TrackFeatures, data_ellipse, real_and_generated, separability

NAMES = ("mfcc 1", "mfcc 2", "spectral centroid")


def tracks(n=30, seed=0, shift=0.0) -> TrackFeatures:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, (1, 20, 500), (n, 3)) + shift
    x[:, 1] += 15 * x[:, 0]
    return TrackFeatures(x, np.arange(n) % 2, ("a", "b"), NAMES)


def test_a_row_is_the_mean_of_a_tracks_frames(tiny_corpus, tiny_store):
    found = TrackFeatures.of_store(tiny_store, np.array([3, 20]), tiny_corpus.genres)
    assert found.names[0] == "mfcc 1"
    assert found.names[13:15] == ("chroma C", "chroma C#")
    assert found.names[25:] == ("spectral centroid", "spectral bandwidth", "spectral rolloff", "zero crossing rate")
    start, length = tiny_store.offsets[20], tiny_store.lengths[20]
    np.testing.assert_allclose(found.x[1], tiny_store.frames[start : start + length].mean(axis=0), rtol=1e-4)
    assert [found.genres[g] for g in found.genre] == [tiny_corpus.tracks[i].genre for i in (3, 20)]


def test_broken_tracks_and_other_genres_are_left_out(tiny_corpus, tiny_store):
    lengths = tiny_store.lengths.copy()
    lengths[0] = 0
    everyone = np.arange(len(tiny_corpus.tracks))
    found = TrackFeatures.of_store(replace(tiny_store, lengths=lengths), everyone, ["treble", "bass"])
    assert len(found) == 15
    assert found.genres == ("treble", "bass")
    assert np.bincount(found.genre).tolist() == [8, 7]


def test_a_track_outside_the_store_has_the_same_row(tiny_corpus, tiny_store):
    extractor = FeatureExtractor(**tiny_store.settings)
    frames = extractor(torch.from_numpy(read_audio(tiny_corpus.tracks[9].path))[None])[0]
    alone = TrackFeatures.of_frames([frames], [1], tiny_corpus.genres, tiny_store.columns)
    stored = TrackFeatures.of_store(tiny_store, np.array([9]), tiny_corpus.genres)
    np.testing.assert_allclose(alone.x, stored.x, rtol=1e-4, atol=1e-4)
    assert alone.names == stored.names
    assert alone.genre == stored.genre


@pytest.fixture
def mastered(tiny_corpus, tiny_store, tmp_path):
    """A function from a gain in dB to training and generated tracks: copies of real ones, some louder, some softer."""

    def amplify(gain_db: float, known: bool = True) -> tuple[TrackFeatures, TrackFeatures]:
        samples = []
        for i, sign in zip(COPIED, (1, -1, 1, -1, 1, 1), strict=True):
            track = tiny_corpus.tracks[i]
            path = tmp_path / f"{track.name}.wav"
            louder = read_audio(track.path) * np.float32(10 ** (sign * gain_db / 20))
            soundfile.write(path, louder, 22050, subtype="FLOAT")
            samples.append(GeneratedFile(track.genre, path, sign * gain_db if known else None))
        split = make_split(tiny_corpus, "50/50")
        train, _, generated = real_and_generated(tiny_store, split, samples, ("bass", "treble"))
        return train, generated

    return amplify


COPIED = (0, 1, 2, 17, 18, 19)


def seen(train: TrackFeatures, generated: TrackFeatures) -> np.ndarray:
    """Every coordinate of the generated tracks, and how far their genres lie apart."""
    points = Projection.fit(train).transform(generated)
    (pair,) = separability(points[:, :2], generated.genre, generated.genres)
    return np.array([*points.flat, pair["silhouette"], pair["centroid_distance"]])


def test_mastering_moves_no_coordinate_of_generated_tracks_and_no_separability(mastered, tiny_store):
    expected = seen(*mastered(0))
    for gain_db in (6, -6):
        train, generated = mastered(gain_db)
        np.testing.assert_allclose(seen(train, generated), expected, atol=1e-3)
        stored = TrackFeatures.of_store(tiny_store, np.array(COPIED), ("bass", "treble"))
        np.testing.assert_allclose(generated.x, stored.x, rtol=1e-3, atol=1e-2)


def test_where_gains_are_unknown_nobodys_level_counts(mastered):
    train, generated = mastered(0, known=False)
    assert LEVEL not in train.names
    assert generated.names == train.names == mastered(0)[0].names[1:]
    np.testing.assert_allclose(seen(*mastered(6, known=False)), seen(train, generated), atol=1e-2)


def test_of_many_mfccs_the_papers_twenty_count():
    columns = FeatureExtractor(n_mfcc=40).columns
    spans = {name: (span.start, span.stop) for name, span in columns.items()}
    frames = torch.arange(56.0).expand(5, 56)
    found = TrackFeatures.of_frames([frames], [0], ["a"], spans)
    assert found.x[0].tolist() == [*range(20), *range(40, 56)]
    assert found.names[19:21] == ("mfcc 20", "chroma C")


def test_other_tracks_are_placed_not_centred():
    train, test = tracks(), tracks(10, seed=1, shift=9.0)
    projection = Projection.fit(train)
    np.testing.assert_allclose(projection.transform(train).mean(axis=0), 0, atol=1e-9)
    assert np.abs(projection.transform(test).mean(axis=0)).max() > 1
    first = replace(test, x=test.x[:1], genre=test.genre[:1])
    np.testing.assert_allclose(projection.transform(first), projection.transform(test)[:1])


def test_loadings_are_correlations_and_shares_add_up():
    train = tracks()
    projection = Projection.fit(train)
    points = projection.transform(train)
    expected = np.corrcoef(train.x.T, points.T)[:3, 3:]
    np.testing.assert_allclose(projection.loadings, expected, atol=1e-9)
    assert projection.explained_variance_ratio.sum() == pytest.approx(1)
    assert (np.diff(projection.explained_variance_ratio) <= 0).all()


def test_features_count_alike_whatever_their_unit():
    train = tracks()
    in_other_units = replace(train, x=train.x * (1000, 1, 0.001))
    np.testing.assert_allclose(
        Projection.fit(train).transform(train), Projection.fit(in_other_units).transform(in_other_units), atol=1e-9
    )


def test_too_few_tracks_span_no_plane():
    with pytest.raises(UserError, match=r"three training tracks that differ; there are 2 of a, b"):
        Projection.fit(tracks(2))
    alike = tracks()
    with pytest.raises(UserError, match="there are 1"):
        Projection.fit(replace(alike, x=np.ones_like(alike.x)))


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="columns"):
        Projection.fit(tracks()).transform(replace(tracks(), names=("x", "y", "z")))


def test_separability_tells_apart_from_mixed():
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(100, 2))
    points = np.concatenate([cloud, cloud, cloud + np.array([30, 40])])
    apart = {(r["genre_a"], r["genre_b"]): r for r in separability(points, np.repeat([0, 1, 2], 100), ["a", "b", "c"])}
    assert list(apart) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert apart["a", "b"]["silhouette"] == pytest.approx(0, abs=0.02)
    assert apart["a", "b"]["centroid_distance"] == 0
    assert apart["a", "c"]["silhouette"] > 0.9
    assert apart["a", "c"]["centroid_distance"] == pytest.approx(50)


def test_genres_with_hardly_a_track_have_no_silhouette():
    one, none = separability(np.array([[0.0, 0], [1, 0], [5, 0]]), np.array([0, 0, 1]), ["a", "b", "c"])[:2]
    assert np.isnan(one["silhouette"])
    assert one["centroid_distance"] == 4.5
    assert np.isnan(none["silhouette"])
    assert np.isnan(none["centroid_distance"])
    assert separability(np.zeros((3, 2)), np.zeros(3), ["alone"]) == []


def test_an_ellipse_holds_its_share_of_normal_points():
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    points = np.random.default_rng(0).multivariate_normal([10, -3], covariance, 20_000)
    outline = data_ellipse(points, 0.95)
    np.testing.assert_allclose(outline[:-1].mean(axis=0), points.mean(axis=0))
    # Every point of the outline is as far from the middle, in standard deviations.
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(points.T)))
    radius = np.linalg.norm((outline - points.mean(axis=0)) @ whiten.T, axis=1)
    np.testing.assert_allclose(radius, radius[0])
    inside = np.linalg.norm((points - points.mean(axis=0)) @ whiten.T, axis=1) < radius[0]
    assert inside.mean() == pytest.approx(0.95, abs=0.01)


def test_two_points_have_no_ellipse_and_a_line_has_a_flat_one():
    assert data_ellipse(np.zeros((2, 2))) is None
    outline = data_ellipse(np.array([[0.0, 0], [1, 1], [2, 2]]))
    np.testing.assert_allclose(outline[:, 0], outline[:, 1], atol=1e-6)
