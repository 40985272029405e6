import numpy as np
import torch

from gtzan.corpora.splits import Split
from gtzan.evaluation.classification import Results


def results(corpus, valid):
    """Logits of two segments a track that are often right, and far too sure."""
    n, genres = len(corpus.tracks), list(corpus.genres)
    y = torch.tensor([genres.index(track.genre) for track in corpus.tracks])
    noise = torch.randn(n, len(genres), generator=torch.Generator().manual_seed(0))
    logits = 15 * (torch.nn.functional.one_hot(y, len(genres)) + noise)
    parts = np.arange(n) % 3
    tracks = torch.arange(n).repeat(2)
    valid_tracks = np.flatnonzero(parts == 1) if valid else np.array([], dtype=np.int64)
    split = Split("some", np.flatnonzero(parts == 0), np.flatnonzero(parts == 2), valid_tracks)
    return Results(corpus, split, logits[tracks], y[tracks], tracks, torch.zeros(2 * n))


def test_validation_tracks_give_a_temperature_and_change_no_prediction(tiny_corpus):
    without, found = results(tiny_corpus, valid=False).metrics(), results(tiny_corpus, valid=True)
    metrics = found.metrics()
    assert "temperature" not in without
    assert "test/ece_calibrated" not in without
    assert metrics["temperature"] > 1
    assert metrics["test/ece_calibrated"] == found.reliability(metrics["temperature"]).error
    assert metrics["test/ece"] == without["test/ece"] != metrics["test/ece_calibrated"]
    assert metrics["test/accuracy"] == without["test/accuracy"]
    assert found.predictions() == results(tiny_corpus, valid=False).predictions()
