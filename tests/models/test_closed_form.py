from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gtzan.corpora.splits import make_split
from gtzan.errors import UserError
from gtzan.experiments.factory import make_datamodule, make_model
from gtzan.models.checkpoints import load_model
from gtzan.models.classifier import Classifier
from gtzan.models.predictor import Predictor
from train import train


def test_epochs_leave_the_weights_as_they_were_fitted_and_the_checkpoint_predicts(configured, tiny_corpus):
    cfg = configured("model=lda", "split=50/50", "logger=none", "optimizer.weight_decay=0.1", "epochs=2")
    assert train(cfg)["test/accuracy"] > 0.8
    split = make_split(tiny_corpus, "50/50")
    fitted = make_model(cfg, make_datamodule(cfg, tiny_corpus, split)).net
    assert fitted.weight.abs().max() > 0
    checkpoint = Path(cfg.run_dir) / "checkpoints" / "last.ckpt"
    trained = load_model(Classifier, checkpoint, "a genre classifier")
    assert torch.equal(trained.net.weight, fitted.weight)
    track = tiny_corpus.tracks[split.train[0]]
    likeliest, probability = Predictor.load(checkpoint).predict_file(track.path).ranking[0]
    assert likeliest == track.genre
    assert probability > 0.5


def test_too_few_segments_are_named(configured, tiny_corpus):
    cfg = configured("model=lda", "split=50/50", "logger=none", "segment_seconds=2", "train_share=0.01")
    split = make_split(tiny_corpus, "50/50")
    first = [next(i for i in split.train if tiny_corpus.tracks[i].genre == genre) for genre in tiny_corpus.genres]
    with pytest.raises(UserError, match=r"there are 3 for 3: add tracks, or lower segment_seconds or hop_seconds\."):
        make_model(cfg, make_datamodule(cfg, tiny_corpus, replace(split, train=np.array(first))))
