"""Guide and judge accuracy and distances of real, copied and generated tracks.

A generator that was trained with its guide's loss can fool the guide. So there is also a *judge*, a classifier of
another architecture and seed that took no part in training, and both classify the waveforms, not the MFCCs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.generated import GeneratedFile
from gtzan.audio.mastering import before_mastering
from gtzan.models.embeddings import inputs_of_last_linear
from gtzan.models.generator import Generator, check_judges
from gtzan.models.metrics import wilson_interval
from gtzan.models.predictor import Predictor
from gtzan.synthesis import distances
from gtzan.synthesis.independent import IndependentEmbedding, PassageSet, distances_from_training
from gtzan.synthesis.reference import Reference
from gtzan.synthesis.synthesizer import Synthesizer

PASSAGE_SECONDS = 1.0  # of the passages compared to detect copying
N_MFCC = 20  # coefficients compared, the paper's


@dataclass(frozen=True)
class Predictions:
    """Predictions of guide and judge for a set of tracks, and what the distances are computed from.

    Attributes:
        y: ``(tracks,)``, the true or requested genre of each.
        guide, judge: probabilities, ``(tracks, n_classes)``.
        segments: ``(segments, n_inputs)``, the judge's inputs, flat.
        embedding: ``(segments, width)``, the inputs of the judge's last layer.
        owner: ``(segments,)``, index of each segment's track.
        frames: the first MFCCs of each track, ``(frames, 20)``.
        passages: the independent embedding of each track, ``(passages, width)``; none where it is not measured.
    """

    y: np.ndarray
    guide: np.ndarray
    judge: np.ndarray
    segments: np.ndarray
    embedding: np.ndarray
    owner: np.ndarray
    frames: list[np.ndarray]
    passages: tuple[np.ndarray, ...] = ()

    def of(self, genres: Sequence[int]) -> "Predictions":
        """The tracks of some genres."""
        kept = np.flatnonzero(np.isin(self.y, genres))
        inside = np.isin(self.owner, kept)
        return Predictions(
            self.y[kept],
            self.guide[kept],
            self.judge[kept],
            self.segments[inside],
            self.embedding[inside],
            np.searchsorted(kept, self.owner[inside]),
            [self.frames[i] for i in kept],
            tuple(self.passages[i] for i in kept) if self.passages else (),
        )

    @property
    def track_embedding(self) -> np.ndarray:
        """``(tracks, width)``, the mean over each track's segments."""
        sums = np.zeros((len(self.y), self.embedding.shape[1]))
        np.add.at(sums, self.owner, self.embedding)
        return sums / np.bincount(self.owner, minlength=len(self.y))[:, None]


class Panel:
    """The two classifiers that evaluate generated tracks.

    Args:
        guide: the classifier whose loss the generator was trained with.
        judge: a classifier that took no part in training the generator.
    """

    def __init__(self, guide: Predictor, judge: Predictor) -> None:
        self.guide, self.judge = guide, judge

    @classmethod
    def of(cls, generator: Generator, judge: str | Path) -> "Panel":
        """The guide in a generator, and a judge from its checkpoint.

        Raises:
            UserError: not a checkpoint of a classifier, or of one that does not accept these MFCCs.
        """
        predictor = Predictor.load(judge)
        settings = [generator.hparams[key] for key in ("features", "classes", "segment_seconds")]
        check_judges(dict(predictor.classifier.hparams), *settings)
        return cls(Predictor(generator.guide), predictor)

    @torch.inference_mode()
    def classify(self, tracks: Iterable[Tensor], y: Sequence[int]) -> Predictions:
        """Classify tracks by their MFCCs ``(frames, n)``, with at least the coefficients that the classifiers use."""
        guide, judge, segments, owner, frames = [], [], [], [], []
        inputs: list[Tensor] = []
        classifier = self.judge.classifier
        hook = classifier.standardiser.register_forward_hook(lambda _, __, x: inputs.append(x.flatten(1)))
        try:
            with inputs_of_last_linear(classifier.net) as embedding:
                for number, track in enumerate(tracks):
                    guide.append(self.guide.predict_features(track).probabilities)
                    judge.append(self.judge.predict_features(track).probabilities)
                    segments.append(inputs.pop().float().cpu().numpy())
                    owner += [number] * len(segments[-1])
                    frames.append(track[:, :N_MFCC].cpu().numpy())
        finally:
            hook.remove()
        probabilities = np.stack(guide), np.stack(judge)
        arrays = np.concatenate(segments), torch.cat(embedding).numpy()
        return Predictions(np.array(y), *probabilities, *arrays, np.array(owner), frames)


@dataclass(frozen=True)
class Judgement:
    """Predictions for real, copied and generated tracks, and the metrics that compare them.

    Attributes:
        classes: genre names.
        genres: numbers of the genres that were generated.
        sets: by name: ``train`` and ``real`` (training and held-out tracks), ``copy`` (held-out tracks' MFCCs, inverted
            to waveforms and classified again, to measure the cost of inversion alone), ``features`` (generated MFCCs)
            and ``synth`` (the same, as waveforms). Sets of real tracks are missing where the corpus is not on this
            machine.
        passage: frames in a passage.
    """

    classes: tuple[str, ...]
    genres: tuple[int, ...]
    sets: dict[str, Predictions]
    passage: int

    @classmethod
    def of(
        cls,
        panel: Panel,
        synthesizer: Synthesizer,
        samples: Sequence[GeneratedFile],
        reference: Reference | None,
        independent: IndependentEmbedding | None = None,
    ) -> "Judgement":
        """Classify samples by guide and judge, and the real tracks where there are any.

        Mastering makes all WAVs equally loud, which real tracks are not. So samples are classified at the level at
        which they were generated, and copies at that of their originals. Of continuations, what was generated is
        classified, without the end of the song.

        Args:
            panel: guide and judge.
            synthesizer: made the samples, and makes the copies.
            samples: their MFCCs are in a ``.npy`` file of the same name.
            reference: real tracks.
            independent: for FAD and KAD.
        """
        extractor = FeatureExtractor(**synthesizer.generator.hparams["features"])

        passages: dict[str, list[np.ndarray]] = {"copy": [], "synth": []}

        def mfcc_of(waveform: np.ndarray, name: str) -> Tensor:
            if independent is not None:
                passages[name].append(independent.of_waveform(waveform, rate))
            return extractor(torch.from_numpy(waveform)[None])[0, :, extractor.columns["mfcc"]]

        def generated_mfcc(sample: GeneratedFile) -> Tensor:
            return torch.from_numpy(np.load(sample.path.with_suffix(".npy"))[round(sample.start * rate / hop) :])

        rate, hop = synthesizer.sample_rate, synthesizer.hop
        y = [synthesizer.classes.index(sample.genre) for sample in samples]
        mfccs = map(generated_mfcc, samples)
        waveforms = (mfcc_of(sample.waveform(rate), "synth") for sample in samples)
        sets = {"features": panel.classify(mfccs, y), "synth": panel.classify(waveforms, y)}
        if reference:
            train, test = reference.train, reference.test
            rendered = (before_mastering(*synthesizer.render(mfcc)) for mfcc in reference.mfccs(test))
            copies = (mfcc_of(waveform, "copy") for waveform in rendered)
            sets["train"] = panel.classify(reference.mfccs(train), reference.labels(train))
            sets["real"] = panel.classify(reference.mfccs(test), reference.labels(test))
            sets["copy"] = panel.classify(copies, reference.labels(test))
            if independent is not None:
                passages |= {"train": independent.of_tracks(train), "real": independent.of_tracks(test)}
                sets |= {name: replace(sets[name], passages=tuple(found)) for name, found in passages.items()}
        passage = max(1, round(PASSAGE_SECONDS * rate / hop))
        return cls(synthesizer.classes, tuple(sorted(set(y))), sets, passage)

    def metrics(self) -> dict[str, float]:
        """Metrics over all genres and for each: ``synth/judge_accuracy``, ``synth/judge_accuracy/classical`` …

        NaN where there are too few tracks.
        """
        metrics = self._metrics(self.genres)
        for genre in self.genres:
            metrics |= {f"{name}/{self.classes[genre]}": value for name, value in self._metrics((genre,)).items()}
        return metrics | self._transfer()

    def _metrics(self, genres: Sequence[int]) -> dict[str, float]:
        sets = {name: predictions.of(genres) for name, predictions in self.sets.items()}
        metrics: dict[str, float] = {}
        for name in ("real", "copy", "features", "synth"):
            if name not in sets:
                continue
            source, suffix = ("synth", "_features") if name == "features" else (name, "")
            predictions = sets[name]
            for who, probabilities in (("guide", predictions.guide), ("judge", predictions.judge)):
                correct, n = int((probabilities.argmax(axis=1) == predictions.y).sum()), len(predictions.y)
                metric = f"{source}/{who}_accuracy{suffix}"
                low, high = wilson_interval(correct, n) if n else (float("nan"),) * 2
                metrics |= {metric: correct / n if n else float("nan"), f"{metric}_low": low, f"{metric}_high": high}
        if "train" in sets:
            metrics |= self._distances(sets)
        return metrics

    def _distances(self, sets: dict[str, Predictions]) -> dict[str, float]:
        train, metrics = sets["train"], {}
        for name in ("real", "copy", "synth"):
            predictions = sets[name]
            metrics[f"{name}/frechet"] = distances.frechet(predictions.embedding, train.embedding)
            metrics[f"{name}/mmd"] = distances.kernel_distance(
                predictions.embedding, train.embedding, predictions.owner, train.owner
            )
            metrics[f"{name}/diversity"] = distances.diversity(predictions.track_embedding, predictions.y)
            nearest = self._nearest(predictions, train)
            nearest = nearest[np.isfinite(nearest)]
            metrics[f"{name}/nearest"] = float(np.median(nearest)) if len(nearest) else float("nan")
        if train.passages:
            metrics |= distances_from_training({n: PassageSet(s.y, s.passages) for n, s in sets.items() if s.passages})
        for name in ("diversity", "nearest"):
            real = metrics[f"real/{name}"]  # 0 where held-out tracks repeat each other, or training tracks
            metrics[f"synth/{name}_of_real"] = metrics[f"synth/{name}"] / real if real else float("nan")
        return metrics

    def nearest(self, name: str) -> np.ndarray | None:
        """Distance of each track of a set to the nearest training track of the generated genres, ``(tracks,)``.

        The mean, over passages of one second, of the distance to the nearest passage of any training track: the root
        mean square difference of MFCCs in units of the training frames' standard deviation. NaN for a track without a
        whole passage; ``None`` where there are no real tracks.
        """
        return self._nearest(self.sets[name], self.sets["train"]) if "train" in self.sets else None

    @cached_property
    def _scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the training frames, the units of all distances between passages."""
        frames = np.concatenate(self.sets["train"].frames)
        std = frames.std(axis=0)
        return frames.mean(axis=0), np.where(std > 0, std, 1)

    def _nearest(self, tracks: Predictions, train: Predictions) -> np.ndarray:
        mean, std = self._scale
        cut = [[distances.passages((f - mean) / std, self.passage) for f in some.frames] for some in (train, tracks)]
        known = np.concatenate(cut[0])
        found = (
            distances.nearest(track, known) if len(track) and len(known) else np.array([np.nan]) for track in cut[1]
        )
        return np.array([distance.mean() for distance in found])

    def _transfer(self) -> dict[str, float]:
        """Accuracy on real held-out tracks of a classifier that was trained on generated tracks only.

        It is a logistic regression on the judge's inputs, which has no hyper-parameters to tune; the same trained on
        real tracks is given for comparison.
        """
        if "train" not in self.sets or len(self.genres) < 2:
            return {}
        real, metrics = self.sets["real"].of(self.genres), {}
        for name, data in (("synth", self.sets["synth"]), ("real", self.sets["train"].of(self.genres))):
            classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
            classifier.fit(data.segments, data.y[data.owner])
            votes = np.zeros((len(real.y), len(classifier.classes_)))
            np.add.at(votes, real.owner, classifier.predict_proba(real.segments))
            predicted = classifier.classes_[votes.argmax(axis=1)]
            metrics[f"{name}/train_on_it_accuracy"] = float((predicted == real.y).mean())
        return metrics
