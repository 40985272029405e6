import csv
from dataclasses import replace

import numpy as np
import pytest

from gtzan.cli.main import main
from gtzan.data.store import FeatureStore
from gtzan.errors import UserError
from gtzan.evaluation.suspect_labels import out_of_fold, suspect_labels


@pytest.fixture(scope="module")
def store(tiny_corpus, tmp_path_factory) -> FeatureStore:
    return FeatureStore.of(tiny_corpus, {"n_mfcc": 128}, tmp_path_factory.mktemp("labels"))


def test_a_wrong_label_comes_first(store):
    pytest.importorskip("cleanlab")
    tracks = list(store.corpus.tracks)
    tracks[3] = replace(tracks[3], genre="treble")
    first, *_ = suspect_labels(replace(store, corpus=replace(store.corpus, tracks=tuple(tracks))))
    assert (first.track, first.suggested) == (3, "bass")
    assert first.given < first.likeliest


def test_no_track_is_predicted_by_a_classifier_that_heard_its_group(store):
    """A feature that tells the groups apart, and nothing else, is of no use."""
    labels = np.repeat([0, 1, 2], 20)
    groups = np.repeat(np.arange(12), 5)
    probabilities = out_of_fold(np.eye(12)[groups], labels, groups, store.corpus)
    assert (probabilities.argmax(axis=1) == labels).mean() < 0.5


def test_a_genre_of_one_artist_cannot_be_checked(store):
    with pytest.raises(UserError, match="The labels of middle cannot be checked"):
        out_of_fold(np.eye(6), np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 2, 2, 4, 5]), store.corpus)


def test_the_command_lists_suspects_and_writes_them(store, tiny_corpus, tmp_path, capsys):
    pytest.importorskip("cleanlab")
    status = main(
        ["data", "check", str(tiny_corpus.root), "--labels", "--csv", str(tmp_path / "x.csv"), "--cache", str(tmp_path)]
    )
    rows = list(csv.DictReader((tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()))
    assert status == (1 if rows else 0)
    assert f"{len(rows)} of 24 labels" in capsys.readouterr().out


def test_a_missing_library_is_named(tiny_corpus, monkeypatch, capsys):
    monkeypatch.setattr("gtzan.cli.data.find_spec", lambda name: None)
    assert main(["data", "check", str(tiny_corpus.root), "--labels"]) == 2
    assert "pip install 'gtzan[labels]'" in capsys.readouterr().err
