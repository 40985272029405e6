"""What the page is told about a file: its genres as a whole and over time."""

from dataclasses import dataclass
from pathlib import Path

from gtzan.models.predictor import Predictor, rank
from gtzan.serving.uploads import read_upload


@dataclass(frozen=True)
class UploadPredictor:
    """Predicts uploaded files.

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
