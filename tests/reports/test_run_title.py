import pytest

from gtzan.reports.run_title import run_title


@pytest.mark.parametrize(
    ("net", "protocol", "title"),
    [
        ("Cnn", "artist fold=0 folds=5", "CNN · split by artist, fold 0 of 5"),
        ("Lda", "artist fold=2, as published", "LDA · split by artist, fold 2, as published"),
        (
            "ConvLstm",
            "artist fold=1 folds=5, 3 of 40 artists unknown",
            "ConvLSTM · split by artist, fold 1 of 5, 3 of 40 artists unknown",
        ),
        ("Cvae", "kfold fold=1 folds=10", "Variational autoencoder · split by track, fold 1 of 10"),
        ("Dense", "70/30", "Dense · split 70/30"),
        ("Flow", "fault_filtered", "Flow · split fault_filtered"),
    ],
)
def test_a_title_is_words(net, protocol, title):
    assert run_title(net, protocol) == title
