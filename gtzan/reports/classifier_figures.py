"""Every picture that a run leaves, from its results."""

from collections.abc import Iterator, Sequence

import numpy as np

from gtzan.corpora.corpus import Track
from gtzan.data.store import FeatureStore
from gtzan.evaluation.classification import Results
from gtzan.evaluation.mistakes import GenreMeans, Mistake, mfccs, seconds_per_frame
from gtzan.reports.plots import classification as figures
from gtzan.reports.plots.calibration import reliability
from gtzan.reports.plots.style import pixels


def draw_classifier_figures(
    results: Results,
    store: FeatureStore,
    history: Sequence[dict[str, float]],
    report: Sequence[dict],
    mistakes: Sequence[Mistake],
) -> Iterator[tuple[str, np.ndarray]]:
    """Names and pixels, RGB ``(height, width, 3)``, one after the other, so that only one is in memory.

    Args:
        results: of the run.
        store: the features, for the MFCCs.
        history: the metrics of each epoch.
        report: the rows of the classification report.
        mistakes: the misclassified tracks to show.
    """
    corpus, split = results.corpus, results.split
    title = f"{corpus.label} · split {split.protocol}"
    if len(history) > 1:  # a net that is fitted at once has none
        yield "curves", pixels(figures.curves(history, title, "validation" if len(split.valid) else "held-out"))
    yield "confusion", pixels(figures.confusion(results.confusion_matrix().numpy(), corpus.genres, title))
    left_out = f"\nleft out as broken: {enumerated(list(store.broken))}" if store.broken else ""
    yield "report", pixels(figures.report(report, title + left_out))

    panels, temperature = {"as the net gives them": results.reliability()}, results.temperature
    if temperature is not None:
        panels[f"calibrated, temperature {temperature:.2f}"] = results.reliability(temperature)
    yield "reliability", pixels(reliability(panels, title))

    if "mfcc" not in store.columns:  # embeddings are nothing to look at
        return
    seconds = seconds_per_frame(store)
    first = int(np.flatnonzero(store.lengths)[0])
    # One track is of no part of the split, so its title names the corpus alone.
    yield "mfcc", pixels(figures.mfcc(mfccs(store, first), seconds, caption(corpus.tracks[first]), corpus.label))
    if not mistakes:
        return
    genre_means = GenreMeans.of(store, split.train)
    for number, mistake in enumerate(mistakes, start=1):
        yield f"misclassified_{number:02d}", draw_mistake(mistake, store, genre_means, title)


def draw_mistake(mistake: Mistake, store: FeatureStore, means: GenreMeans, title: str) -> np.ndarray:
    """A misclassified track beside the means of its true and its predicted genre, RGB ``(height, width, 3)``."""
    figure = figures.misclassified(
        mfccs(store, mistake.track),
        means.means,
        means.deviation,
        seconds_per_frame(store),
        mistake.truth,
        mistake.predicted,
        mistake.probabilities,
        store.corpus.genres,
        caption(store.corpus.tracks[mistake.track]),
        title,
    )
    return pixels(figure)


def enumerated(names: Sequence[str], most: int = 4) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def caption(track: Track) -> str:
    """A track's name, with artist and title where known."""
    facts = " – ".join(fact for fact in (track.artist, track.title) if fact)
    return f"{track.name} ({facts})" if facts else track.name
