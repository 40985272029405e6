"""Clips for a listening test: held-out tracks, copies of held-out tracks, and generated ones, equally loud."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from gtzan.audio.files import read_segment
from gtzan.audio.generated import GeneratedFile
from gtzan.audio.mastering import before_mastering, loudness, master_alike
from gtzan.errors import UserError
from gtzan.evaluation.listening.key import Clip
from gtzan.models.predictor import Predictor
from gtzan.synthesis.reference import Reference
from gtzan.synthesis.synthesizer import LUFS, Synthesizer


@dataclass(frozen=True)
class ListeningTest:
    """The material of a listening test.

    Attributes:
        corpus: label of the corpus that the generator was trained on.
        genres: what listeners choose from: the judge's classes.
        sample_rate: of the waveforms, in Hz.
        seed: of all that is random.
        clips: each with its waveform ``(samples,)``: all of one length, and equally loud.
    """

    corpus: str
    genres: tuple[str, ...]
    sample_rate: int
    seed: int
    clips: Sequence[tuple[Clip, np.ndarray]]


@dataclass(frozen=True)
class _Sound:
    """Audio ``(samples,)`` at the level at which the judge classifies it, and where it is from."""

    kind: str
    genre: str
    source: str
    waveform: np.ndarray


class ClipMaker:
    """Makes the clips of a listening test.

    Args:
        synthesizer: made the samples, and makes the copies.
        judge: predicts the genre of each clip, for comparison with listeners.
        reference: real tracks, and the length of all clips.
        seed: of the choice of held-out tracks.
    """

    def __init__(self, synthesizer: Synthesizer, judge: Predictor, reference: Reference, seed: int) -> None:
        self.synthesizer, self.judge, self.reference, self.seed = synthesizer, judge, reference, seed
        self.rate = synthesizer.sample_rate
        self.length = round(reference.seconds * self.rate)

    def make(self, samples: Sequence[GeneratedFile], n: int) -> ListeningTest:
        """The beginnings of ``n`` tracks of each kind in each genre, fewer where there are not so many.

        Samples are the first of their genre, held-out tracks are drawn at random. No track is heard both as it is and
        as its copy, unless there are too few.

        Args:
            samples: of which what was generated is heard, without the end of a song that it continues.
            n: at most so many.

        Raises:
            UserError: a genre has no held-out track that is long enough and no silence, or a sample is silent.
        """
        genres = list(dict.fromkeys(sample.genre for sample in samples))
        tracks = {genre: self._tracks(genre, 2 * n) for genre in genres}
        for genre, found in tracks.items():
            if not found:
                raise UserError(
                    f"No held-out track of {genre} has {self.reference.seconds:g} s of sound: generate shorter samples "
                    "(seconds=…)."
                )
        per_genre = [sum(genre == sample.genre for sample in samples) for genre in genres]
        n = min([n, *per_genre, *map(len, tracks.values())])
        sounds = [sound for genre in genres for sound in self._sounds(genre, tracks[genre], samples, n)]
        for sound in sounds:
            if not np.isfinite(loudness(sound.waveform, self.rate)):
                raise UserError(f"{sound.source} is silent: it cannot be as loud as the others.")
        waveforms = master_alike((sound.waveform for sound in sounds), self.rate, LUFS)
        clips = [(self._clip(sound, waveform), waveform) for sound, waveform in zip(sounds, waveforms, strict=True)]
        corpus = self.synthesizer.generator.hparams["corpus"]
        return ListeningTest(corpus, self.judge.classes, self.rate, self.seed, clips)

    def _sounds(self, genre: str, tracks: Sequence[int], samples: Sequence[GeneratedFile], n: int) -> Iterator[_Sound]:
        corpus = self.reference.store.corpus
        for i in tracks[:n]:
            yield _Sound("real", genre, corpus.tracks[i].name, self._real(i))
        copied = [tracks[k % len(tracks)] for k in range(n, 2 * n)]
        for i, mfcc in zip(copied, self.reference.mfccs(copied), strict=True):
            waveform = before_mastering(*self.synthesizer.render(mfcc, self.length))
            yield _Sound("copy", genre, corpus.tracks[i].name, waveform)
        for sample in [sample for sample in samples if sample.genre == genre][:n]:
            yield _Sound("generated", genre, sample.path.name, sample.waveform(self.rate)[: self.length])

    def _tracks(self, genre: str, n: int) -> list[int]:
        """At most ``n`` held-out tracks that are long enough and no silence, in a random order."""
        reference = self.reference
        drawn = np.random.default_rng(self.seed).permutation(reference.test)
        number = reference.store.corpus.genres.index(genre)
        wanted = [int(i) for i, label in zip(drawn, reference.labels(drawn), strict=True) if label == number]
        found: list[int] = []
        for i in wanted:
            if len(found) == n:
                break
            waveform = self._real(i)
            if len(waveform) == self.length and np.isfinite(loudness(waveform, self.rate)):
                found.append(i)
        return found

    def _real(self, track: int) -> np.ndarray:
        path = self.reference.store.corpus.tracks[track].path
        return read_segment(path, 0, self.reference.seconds, self.rate)[: self.length]

    def _clip(self, sound: _Sound, mastered: np.ndarray) -> Clip:
        predicted = self.judge.predict_waveform(sound.waveform).ranking[0][0]
        digest = sha256(np.rint(mastered * 32767).astype("<i2").tobytes()).hexdigest()[:16]
        return Clip(sound.kind, sound.genre, sound.source, predicted, digest)
