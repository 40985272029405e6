"""Figures of the paper's page that are not among a run's own figures."""

import functools
import io
import logging
from pathlib import Path

import numpy as np
from PIL import Image

from gtzan.errors import UserError
from gtzan.evaluation.mistakes import GenreMeans, Mistake
from gtzan.experiments.factory import open_store, read_corpus
from gtzan.experiments.runs.folder import RunFolder
from gtzan.reports.classifier_figures import draw_mistake

log = logging.getLogger(__name__)


@functools.cache  # the page is written again and again
def misclassified(run: Path, truth: str, predicted: str | None = None) -> tuple[bytes, str] | None:
    """The figure of a classifier's mistake, as in the paper's figures 7, 9 and 10.

    Args:
        run: its directory.
        truth: the true genre.
        predicted: the preferred predicted genre; any other where no track has it.

    Returns:
        A PNG picture of the most confident such mistake and its text alternative; ``None`` if every track of
        the genre was predicted correctly, or the audio is not on this machine.
    """
    folder = RunFolder(run)
    rows = [row for row in folder.predictions() if row["truth"] == truth != row["prediction"]]
    if not rows:
        return None
    row = max(rows, key=lambda row: (row["prediction"] == predicted, float(row[row["prediction"]])))
    cfg = folder.config()
    try:
        corpus, split = read_corpus(cfg)
        store, genres = open_store(cfg, corpus), corpus.genres
    except UserError as error:
        log.warning("No picture of a track of %s's: %s", run, error)
        return None
    track = next(i for i, track in enumerate(corpus.tracks) if track.name == row["track"])
    probabilities = np.array([float(row[genre]) for genre in genres])
    mistake = Mistake(track, genres.index(truth), genres.index(row["prediction"]), probabilities, start=0.0)
    title = f"{corpus.label} · split {split.protocol}"
    file = io.BytesIO()
    Image.fromarray(draw_mistake(mistake, store, GenreMeans.of(store, split.train), title)).save(file, "png")
    text = f"MFCCs of {row['track']}, {truth} predicted as {row['prediction']}, next to the means of both genres"
    return file.getvalue(), text
