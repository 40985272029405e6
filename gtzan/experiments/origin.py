"""The music that a generator was trained on, which its samples are compared with."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, open_dict

from gtzan.audio.encoders.musicnn_weights import find_weights
from gtzan.audio.files import audio_info
from gtzan.audio.generated import GeneratedFile
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.errors import UserError
from gtzan.experiments.factory import open_store, read_corpus
from gtzan.experiments.runs.folder import RunFolder
from gtzan.synthesis.request import Request

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """What a generator was trained on, where that is on this machine.

    Attributes:
        cfg: the configuration of its training.
        corpus: the music.
        split: its training and test tracks.
    """

    cfg: DictConfig
    corpus: Corpus
    split: Split

    def reference(self, request: Request):
        """The real tracks of the genres asked for; ``None`` where training or held-out part has no usable one."""
        return self._reference(request, self.cfg)

    def independent_embedding(self, request: Request, samples: Sequence[GeneratedFile]):
        """The same tracks in MusiCNN's embedding; ``None`` where that, or their audio, is not on this machine.

        It is ``None``, too, where a sample is shorter than what MusiCNN hears at once.
        """
        if self.cfg.data.store:
            return None
        try:
            find_weights()
        except UserError as error:
            log.info("FAD and KAD are not measured: %s", error)
            return None
        from gtzan.audio.encoders.musicnn import MusicnnEncoder
        from gtzan.synthesis.independent import LEAST_SECONDS, IndependentEmbedding

        # Shorter ones would be repeated, beside real tracks that go on.
        if min(audio_info(sample.path).seconds - sample.start for sample in samples) < LEAST_SECONDS:
            log.info("FAD and KAD are not measured for samples shorter than %g s: ask for more seconds.", LEAST_SECONDS)
            return None
        cfg = self.cfg.copy()
        with open_dict(cfg):
            cfg.encoder = "musicnn"
        return IndependentEmbedding(self._reference(request, cfg), MusicnnEncoder())

    def _reference(self, request: Request, cfg: DictConfig):
        """The real tracks in the features of ``cfg``."""
        from gtzan.synthesis.reference import Reference

        numbers = tuple(self.corpus.genres.index(genre) for genre in request.genres_of(self.corpus.genres))
        reference = Reference(open_store(cfg, self.corpus), self.split, numbers, request.seconds)
        for part, tracks in (("training", reference.train), ("held-out", reference.test)):
            if not len(tracks):
                log.warning("No usable %s track of these genres: generated music is compared with no real music.", part)
                return None
        return reference


def find_origin(generator: Path, cfg: DictConfig) -> Origin | None:
    """What a generator was trained on; ``None``, and a warning, where it cannot be read or has changed since."""
    from gtzan.models.checkpoints import is_trained_on

    run = RunFolder.of_checkpoint(generator)
    if not run.has_config:
        return None
    trained = run.config()
    for key in ("cache", "runs", "on_broken", "threads"):
        trained[key] = cfg[key]
    try:
        corpus, split = read_corpus(trained)
        if is_trained_on(generator, corpus, split):
            return Origin(trained, corpus, split)
        raise UserError(f"{corpus.label}, split {split.protocol}, has other tracks or parts now. Train it again.")
    except UserError as error:
        log.warning("The generator's training music is not used for comparison: %s", error)
        return None
