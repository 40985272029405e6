from types import SimpleNamespace

import numpy as np
import pytest

from gtzan.errors import UserError
from gtzan.models.ensemble_predictor import EnsemblePrediction, EnsemblePredictor
from gtzan.models.predictor import Prediction

CLASSES = ("bass", "treble")


def prediction(edges: list[float], bass: list[float]) -> Prediction:
    segments = np.array([[p, 1 - p] for p in bass])
    return Prediction(CLASSES, edges[-1], np.array(edges), segments)


def test_members_with_segments_of_other_lengths_are_averaged_in_time():
    a, b = prediction([0, 2, 4, 5], [1, 0, 1]), prediction([0, 3, 5], [0.5, 0])
    both = EnsemblePrediction.of([a, b])
    assert both.edges.tolist() == a.edges.tolist()
    assert both.segments[:, 0].tolist() == [0.75, 0.125, 0.5]  # the second half of b's first segment: (0.5 + 0) / 2
    np.testing.assert_allclose(both.probabilities, (a.probabilities + b.probabilities) / 2)
    assert both.ranking[0][0] == "treble"


def test_an_ensemble_of_equals_is_its_member():
    a = prediction([0, 2, 4, 5], [1, 0, 0.25])
    both = EnsemblePrediction.of([a, a])
    np.testing.assert_allclose(both.edges, a.edges)
    np.testing.assert_allclose(both.segments, a.segments)
    np.testing.assert_allclose(both.probabilities, a.probabilities)


def test_members_have_the_same_genres():
    members = [SimpleNamespace(classes=CLASSES), SimpleNamespace(classes=("bass", "alto"))]
    with pytest.raises(UserError, match="do not know the same genres"):
        EnsemblePredictor(members)
