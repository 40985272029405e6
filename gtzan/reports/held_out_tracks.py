"""Held-out tracks as data for a report's page: predictions, and image, audio and evidence of the misclassified ones.

The page's script draws them when a cell of the confusion matrix is opened.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gtzan.audio.files import read_segment
from gtzan.data.store import FeatureStore
from gtzan.errors import BrokenAudioError
from gtzan.evaluation.classification import Results
from gtzan.evaluation.explanation import explain
from gtzan.evaluation.mistakes import Mistake, find_mistakes
from gtzan.models.predictor import Predictor
from gtzan.reports.data_urls import audio_url
from gtzan.reports.mfcc_thumbnails import Thumbnails, colours

# Bounds on a page's size and on its making, however many tracks there are: an MP3 of 3 s takes 25 ms and 17 kB, a
# picture 1 ms and 8 kB, an explanation of 3 s half a second. The most confident mistakes come first, one of each cell
# before a second of any.
MOST_SOUNDS = 100
MOST_PICTURES = 500
MOST_NUMBERS = 200_000  # probabilities of all tracks listed, mistakes first
MOST_SECONDS = 10.0  # of a sound
MOST_EXPLAINED = 6  # as many as have a figure


def held_out_tracks(
    results: Results, store: FeatureStore, segment_seconds: float, predictor: Predictor | None = None
) -> dict:
    """The held-out tracks as plain data.

    Args:
        results: of the run.
        store: the features.
        segment_seconds: length of a segment.
        predictor: the run's classifier, to explain the first mistakes with; none are explained without.

    Returns:
        ``genres``; ``tracks``, a list of dictionaries (``name``, ``artist``, ``title``, the genre numbers ``truth`` and
        ``predicted``, and ``p``, probabilities in per mille; of mistakes also ``start`` and, unless the store holds
        embeddings, ``picture``, and where the audio is on this machine ``sound`` and of the first few ``evidence``, see
        :func:`_evidence`); the numbers of tracks ``unlisted``, of mistakes ``undrawn`` and, of those drawn, ``silent``.
        Where there are mistakes, also ``means``, a picture or ``None`` of each genre; ``rows``,
        ``columns`` and ``seconds`` of the pictures; ``segment``, seconds; and ``colours``, of the pictures' values.
    """
    corpus = results.corpus
    index, y, probabilities = (part.numpy() for part in results.held_out)
    predicted = probabilities.argmax(axis=1)
    mistakes = find_mistakes(results, MOST_PICTURES)
    shared: dict = {}
    details: dict[int, dict] = {}
    if mistakes:
        details = {mistake.track: {"start": mistake.start} for mistake in mistakes}
        with_sound, seconds = mistakes[:MOST_SOUNDS], min(segment_seconds, MOST_SECONDS)
        sounds = _sounds(with_sound, results, store.settings["sample_rate"], seconds)
        for mistake, audio in zip(with_sound, sounds, strict=True):
            details[mistake.track] |= {"sound": audio} if audio else {}
        if predictor:
            for mistake in mistakes[:MOST_EXPLAINED]:
                details[mistake.track] |= _evidence(mistake, results, predictor)
        shared = {"segment": segment_seconds}
        if "mfcc" in store.columns:
            thumbnails = Thumbnails(store, results.split.train)
            for track, facts in details.items():
                facts["picture"] = thumbnails.of_track(track)
            shared |= {name: getattr(thumbnails, name) for name in ("rows", "columns", "seconds")}
            shared |= {"means": thumbnails.of_genres(), "colours": colours()}
    listed = np.argsort(predicted == y, kind="stable")[: MOST_NUMBERS // len(corpus.genres)]
    tracks = []
    for i in listed.tolist():
        track = corpus.tracks[index[i]]
        p = np.rint(1000 * probabilities[i]).astype(int).tolist()
        classified = {"truth": int(y[i]), "predicted": int(predicted[i]), "p": p}
        facts = {"name": track.name, "artist": track.artist, "title": track.title}
        tracks.append(facts | classified | details.get(int(index[i]), {}))
    return {
        "genres": list(corpus.genres),
        "tracks": tracks,
        "unlisted": len(y) - len(tracks),
        "undrawn": int((predicted != y).sum()) - len(mistakes),
        "silent": sum("sound" not in track for track in details.values()),
        **shared,
    }


def _evidence(mistake: Mistake, results: Results, predictor: Predictor) -> dict:
    """What speaks for the predicted genre in a mistake's most confidently wrong segment; nothing if it cannot be heard.

    Returns:
        ``evidence``: ``cells``, a row for each window; ``seconds`` of the track and ``hertz``, their edges.
    """
    track, genre = results.corpus.tracks[mistake.track], results.corpus.genres[mistake.predicted]
    seconds = predictor.length * predictor.hop / predictor.sample_rate
    try:
        waveform = read_segment(track.path, mistake.start, seconds, predictor.sample_rate)
    except BrokenAudioError:
        return {}
    if not waveform.any():
        return {}
    found = explain(predictor, waveform, genre)
    edges = {"seconds": (mistake.start + found.seconds).round(1).tolist(), "hertz": found.hertz.round().tolist()}
    return {"evidence": {"cells": found.cells.round(2).tolist(), **edges}}


def _sounds(mistakes: Sequence[Mistake], results: Results, sample_rate: int, seconds: float) -> list[str | None]:
    """The most confidently wrong segment of each mistake; ``None`` where it cannot be read."""

    def encode(mistake: Mistake) -> str | None:
        path = results.corpus.tracks[mistake.track].path
        try:
            waveform = read_segment(path, mistake.start, seconds, sample_rate)
        except BrokenAudioError:
            return None
        return audio_url(waveform, sample_rate) if len(waveform) else None

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding and encoding let the others run
        return list(pool.map(encode, mistakes))
