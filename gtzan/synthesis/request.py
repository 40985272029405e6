"""Which genres to generate, how many samples of each, and how long."""

from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import DictConfig, ListConfig

from gtzan.corpora.corpus import Corpus, find_genre, genre_text
from gtzan.corpora.splits import Split
from gtzan.errors import UserError

PAPER_GENRES = ("classical", "pop", "metal", "blues")


@dataclass(frozen=True)
class Request:
    """What is to be generated; :func:`gtzan.experiments.configuration.validation.validate` has checked the numbers.

    Attributes:
        genre: names; ``("all",)`` for every one; none for the paper's four where they are known, else every one.
        n: samples of each genre.
        seconds: length of each.
        seed: another seed makes other samples.
        temperature: less for more typical, more for more surprising samples.
    """

    genre: tuple[str, ...] = ()
    n: int = 8
    seconds: float = 10.0
    seed: int = 0
    temperature: float = 1.0

    @classmethod
    def of(cls, cfg: DictConfig) -> "Request":
        """Of the keys ``genre``, ``n``, ``seconds``, ``seed`` and ``temperature``."""
        several = isinstance(cfg.genre, ListConfig)
        genre = () if cfg.genre is None else tuple(map(genre_text, cfg.genre if several else [cfg.genre]))
        return cls(genre, cfg.n, cfg.seconds, cfg.seed, cfg.temperature)

    def genres_of(self, known: Sequence[str]) -> list[str]:
        """The genres to make, each once.

        Raises:
            UserError: one that is not among the known ones.
        """
        if self.genre == ("all",):
            return list(known)
        if not self.genre:
            return [g for g in PAPER_GENRES if g in known] if set(PAPER_GENRES) <= set(known) else list(known)
        found = []
        for genre in self.genre:
            if (name := find_genre(genre, known)) is None:
                raise UserError(f"genre={genre} is unknown: choose from {', '.join(known)}, or all.")
            found.append(name)
        return list(dict.fromkeys(found))

    def check(self, corpus: Corpus, split: Split) -> None:
        """See that the corpus that a generator learns from has what is asked for.

        Raises:
            UserError: an unknown genre, or too few training tracks for a PCA, which every synthesis shows.
        """
        genres = self.genres_of(corpus.genres)
        found = sum(corpus.tracks[i].genre in genres for i in split.train)
        if found < 3:
            raise UserError(
                f"A PCA needs three training tracks; there are {found} of {', '.join(genres)}: ask for more genres, or "
                "choose another split."
            )
