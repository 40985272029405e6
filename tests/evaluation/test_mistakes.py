import dataclasses

import numpy as np
import pytest
import torch

from gtzan.corpora.splits import Split
from gtzan.evaluation.classification import Results
from gtzan.evaluation.classification_report import classification_report
from gtzan.evaluation.mistakes import GenreMeans, find_mistakes, mfccs, shown_frames
from gtzan.reports.classifier_figures import caption, draw_classifier_figures
from gtzan.reports.plots import calibration
from gtzan.reports.plots import classification as figures


def results_of(store, predictions: dict[int, tuple[int, float]]) -> Results:
    """Two segments of every track; those named are taken for a genre with some confidence, the second one more so."""
    corpus = store.corpus
    n = len(corpus.tracks)
    y = torch.tensor([corpus.genres.index(t.genre) for t in corpus.tracks]).repeat_interleave(2)
    track = torch.arange(n).repeat_interleave(2)
    logits = torch.nn.functional.one_hot(y, 3) * 9.0
    for i, (genre, confidence) in predictions.items():
        logits[2 * i : 2 * i + 2] = 0.0
        logits[2 * i, genre], logits[2 * i + 1, genre] = confidence, confidence + 1
    split = Split("halves", np.arange(0, n, 2), np.arange(1, n, 2))
    return Results(corpus, split, logits, y, track, torch.tensor([0.0, 0.5]).repeat(n))


def test_the_most_confident_mistakes_come_first_and_different_pairs_before_a_second(tiny_store):
    # Tracks 0–7 are bass (0), 8–15 middle (1), 16–23 treble (2); odd ones are tested.
    found = find_mistakes(results_of(tiny_store, {1: (2, 5.0), 3: (2, 4.0), 5: (1, 3.0), 9: (0, 2.0), 2: (1, 6.0)}), 3)
    assert [(m.track, m.truth, m.predicted) for m in found] == [(1, 0, 2), (5, 0, 1), (9, 1, 0)]
    assert all(m.start == 0.5 for m in found)
    assert all(m.probabilities.argmax() == m.predicted for m in found)


def test_all_mistakes_of_one_pair_are_shown_if_there_is_no_other(tiny_store):
    found = find_mistakes(results_of(tiny_store, {1: (2, 3.0), 3: (2, 4.0)}))
    assert [m.track for m in found] == [3, 1]


def test_means_are_those_of_training_tracks_where_half_of_them_sound(tiny_store):
    tracks = np.array([0, 1, 2, 8, 9, 16])
    found = GenreMeans.of(tiny_store, tracks)
    n_frames = int(np.median(tiny_store.lengths[[0, 1, 2]]))
    n_frames = min(n_frames, int(np.median(tiny_store.lengths[[8, 9]])), int(tiny_store.lengths[16]))
    assert found.means.shape == (3, n_frames, 13)
    expected = np.mean([mfccs(tiny_store, i)[:n_frames] for i in (8, 9)], axis=0)
    np.testing.assert_allclose(found.means[1], expected, rtol=1e-5)
    assert (found.deviation > 0).all()


def test_a_genre_without_training_tracks_has_no_mean(tiny_store):
    assert np.isnan(GenreMeans.of(tiny_store, np.array([0, 8])).means[2]).all()


def test_of_a_long_track_half_a_minute_is_shown(tiny_store):
    long = dataclasses.replace(tiny_store, settings=tiny_store.settings | {"hop_length": 22050})
    assert len(mfccs(long, 0)) == shown_frames(long) == 30


@pytest.mark.parametrize("predictions", [{}, {1: (2, 3.0)}], ids=["no mistake", "one mistake"])
def test_every_picture_says_the_corpus_that_it_is_synthetic_and_the_protocol(tiny_store, monkeypatch, predictions):
    titles = []
    new_figure = figures.new_figure

    def spy(width, height, what, title):
        titles.append(title)
        return new_figure(width, height, what, title)

    monkeypatch.setattr(figures, "new_figure", spy)
    monkeypatch.setattr(calibration, "new_figure", spy)
    results = results_of(tiny_store, predictions)
    history = [{"epoch": e, "train/loss": 1.0, "train/mse": 0.1, "train/accuracy": 0.5} for e in (1, 2)]
    report = classification_report(np.array([0, 1, 2]), np.array([0, 1, 2]), results.corpus.genres)
    names = [name for name, _ in draw_classifier_figures(results, tiny_store, history, report, find_mistakes(results))]
    assert names[:5] == ["curves", "confusion", "report", "reliability", "mfcc"]
    assert names[5:] == [f"misclassified_{i + 1:02d}" for i in range(len(predictions))]
    assert all("tiny corpus (synthetic music)" in title for title in titles)
    assert all("halves" in title for name, title in zip(names, titles, strict=True) if name != "mfcc")


def test_a_caption_names_artist_and_title_where_known(tiny_corpus):
    track = tiny_corpus.tracks[0]
    assert caption(track) == "bass.00000 (The bass 0 – Song 0)"
    assert caption(dataclasses.replace(track, artist=None)) == "bass.00000 (Song 0)"
    assert caption(dataclasses.replace(track, artist=None, title=None)) == "bass.00000"


def test_a_net_that_is_fitted_at_once_has_no_curves(tiny_store):
    row = {"epoch": 1, "train/loss": 1.0, "train/mse": 0.1, "train/accuracy": 0.5}
    results = results_of(tiny_store, {})
    report = classification_report(np.array([0, 1, 2]), np.array([0, 1, 2]), results.corpus.genres)
    name, _ = next(draw_classifier_figures(results, tiny_store, [row], report, []))
    assert name == "confusion"
