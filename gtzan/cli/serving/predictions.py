"""What the page is told about a file: its genres as a whole and over time, and what speaks for one of them."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from gtzan.audio.files import MIN_SECONDS
from gtzan.cli.serving.uploads import read_upload
from gtzan.errors import UserError
from gtzan.evaluation.explanation import explain
from gtzan.models.predictor import Predictor, rank
from gtzan.reports.data_urls import audio_url, webp_url
from gtzan.reports.explanation_files import emphasised_audio, explanation_picture

EXPLAINED = 30  # seconds of a song: each takes dozens of predictions


@dataclass(frozen=True)
class UploadPredictor:
    """Predicts uploaded files, and explains the predictions.

    Attributes:
        predictor: the classifier.
        min_confidence: a file whose likeliest genre is less probable is unknown.
    """

    predictor: Predictor
    min_confidence: float = 0.0

    def predict(self, path: Path) -> dict:
        """Plain values for JSON: ``seconds``; ``unknown``; ``genres``, the likeliest first, each with its probability;
        ``segments``, each from ``start`` to ``end`` in seconds with the probabilities of the genres in that order.

        Raises:
            BrokenAudioError: the file cannot be used.
        """
        prediction = self.predictor.predict_waveform(read_upload(path, self.predictor.sample_rate))
        ranking = rank(prediction.probabilities, prediction.classes)
        order = [prediction.classes.index(genre) for genre, _ in ranking]
        edges = prediction.edges.tolist()
        segments = zip(edges[:-1], edges[1:], prediction.segments[:, order].tolist(), strict=True)
        return {
            "seconds": prediction.seconds,
            "unknown": ranking[0][1] < self.min_confidence,
            "genres": ranking,
            "segments": [{"start": start, "end": end, "p": p} for start, end, p in segments],
        }

    def explain(self, path: Path, genre: str, start: float) -> dict:
        """What speaks for a genre in ``EXPLAINED`` seconds of a file: its ``picture`` and its ``sound`` as data URLs.

        Args:
            path: the file.
            genre: one that the classifier knows.
            start: of the passage, in seconds.

        Raises:
            BrokenAudioError: the file cannot be used.
            UserError: an unknown genre, or nothing to be heard at this time.
        """
        rate = self.predictor.sample_rate
        waveform = read_upload(path, rate)
        if not 0 <= start <= len(waveform) / rate - MIN_SECONDS:  # nor NaN
            raise UserError(f"there is no passage that begins at {start:g} s")
        passage = waveform[round(start * rate) :][: EXPLAINED * rate]
        found = explain(self.predictor, passage, genre)
        name = f"Seconds {start:.0f} to {start + len(passage) / rate:.0f}"
        picture = explanation_picture(found, passage, rate, name, self.predictor.corpus)
        return {
            "picture": webp_url(Image.fromarray(picture)),
            "sound": audio_url(emphasised_audio(found, passage, rate), rate),
        }
