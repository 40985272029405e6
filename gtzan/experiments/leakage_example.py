"""Leakage by example: the net ``blocks`` on one corpus, split by segment, by track and by artist."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from gtzan.corpora.groups import artists_of, recordings_of
from gtzan.corpora.splits import make_split
from gtzan.data.datamodule import SegmentDataset
from gtzan.data.segments import Segments
from gtzan.data.source import code_digest
from gtzan.errors import UserError
from gtzan.evaluation.leakage import FOLDS, Measured, fewest_groups, measure_leakage
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.configuration.hydra_errors import user_errors
from gtzan.experiments.factory import find_corpus, make_datamodule
from gtzan.experiments.sweeps.identity import Identity, corpus_identity
from gtzan.files import read_json, write_json
from gtzan.models.nets.logistic import Logistic

CODE = ("gtzan.evaluation.leakage", "gtzan.experiments.leakage_example")


def leakage_example(given: Sequence[str], file: Path) -> dict[str, Measured]:
    """What one net seems to know, by how segments are divided: ``segment`` (leaking), ``track`` and, where enough
    artists are known, ``artist``. Measured once, and kept in a file.

    Args:
        given: the user's overrides.
        file: JSON; measured again where it is of other music, code or settings.

    Raises:
        UserError: the corpus is too small to be cross-validated, or cannot be read.
    """
    words = ["model=blocks", "split=50/50", *given]  # any split: all tracks are taken
    with user_errors("train", words):
        cfg = compose("train", words)
    corpus = find_corpus(cfg)
    digest = f"{Identity.of(cfg, corpus_identity(corpus, cfg)).digest}-{code_digest(CODE)}"
    kept = read_json(file)
    if kept and kept.get("digest") == digest:
        return {name: Measured(**numbers) for name, numbers in kept["measured"].items()}

    module = make_datamodule(cfg, corpus, make_split(corpus, "50/50"))
    frames, store = module.segment_frames, module.store
    segments = Segments.of(np.arange(len(corpus.tracks)), store.lengths, frames, frames)  # without overlap
    data = SegmentDataset(store, segments, module.view)
    if data.table is None:
        raise UserError("The example of leakage needs model=blocks.")
    track = segments.track
    y = data.labels[torch.from_numpy(track)]
    groups = {"segment": np.arange(len(segments)), "track": recordings_of(corpus.tracks)[track]}
    artist = artists_of(corpus.tracks)[track]
    if any(t.group is not None for t in corpus.tracks) and fewest_groups(y, artist) >= FOLDS:
        groups["artist"] = artist
    measured = measure_leakage(
        data.table,
        y,
        torch.from_numpy(track),
        groups,
        lambda features, genres: Logistic([features], genres, l2=cfg.model.net.l2),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, {"digest": digest, "measured": {name: asdict(numbers) for name, numbers in measured.items()}})
    return measured
