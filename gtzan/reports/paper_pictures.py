"""Pictures for the paper's page that no run has drawn."""

import functools
import io
import logging
from pathlib import Path

import numpy as np
from PIL import Image

from gtzan.errors import UserError
from gtzan.evaluation.mistakes import GenreMeans, mfccs, seconds_per_frame
from gtzan.experiments.factory import open_store, read_corpus
from gtzan.experiments.runs.folder import RunFolder
from gtzan.reports.pictures import caption
from gtzan.reports.plots import figures
from gtzan.reports.plots.style import pixels

log = logging.getLogger(__name__)


@functools.cache  # the page is written again and again
def misclassified(run: Path, truth: str, predicted: str | None = None) -> tuple[bytes, str] | None:
    """A mistake of a classifier's, as in the paper's figures 7, 9 and 10.

    Args:
        run: its directory.
        truth: the genre whose track is looked for.
        predicted: what it should have been heard as, if such a track there is; else whatever it was heard as.

    Returns:
        A PNG picture of the most confident such mistake and a text that says what it shows; ``None`` if every track of
        the genre was named right, or the music is no longer here.
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
    means = GenreMeans.of(store, split.train)
    figure = figures.misclassified(
        mfccs(store, track),
        means.means,
        means.deviation,
        seconds_per_frame(store),
        genres.index(truth),
        genres.index(row["prediction"]),
        np.array([float(row[genre]) for genre in genres]),
        genres,
        caption(corpus.tracks[track]),
        f"{corpus.label} · split {split.protocol}",
    )
    file = io.BytesIO()
    Image.fromarray(pixels(figure)).save(file, "png")
    text = f"MFCCs of {row['track']}, {truth} heard as {row['prediction']}, beside the means of both genres"
    return file.getvalue(), text
