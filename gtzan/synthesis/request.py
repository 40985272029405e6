"""Which genres to generate, how many samples of each, and how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
        blend: genres and their shares, which sum to 1; each sample is of all of them, and counts as the first's.
        like: a song to make variations of.
        strength: of the variation, from 0 (a copy) to 1 (a new piece of the song's style).
        continued: a song whose end the samples begin with.
    """

    genre: tuple[str, ...] = ()
    n: int = 8
    seconds: float = 10.0
    seed: int = 0
    temperature: float = 1.0
    blend: tuple[tuple[str, float], ...] = ()
    like: Path | None = None
    strength: float = 0.5
    continued: Path | None = None

    @classmethod
    def of(cls, cfg: DictConfig) -> "Request":
        """Of the configuration's keys of these names; ``continue`` is :attr:`continued`."""
        several = isinstance(cfg.genre, ListConfig)
        genre = () if cfg.genre is None else tuple(map(genre_text, cfg.genre if several else [cfg.genre]))
        shares = {genre_text(name): share for name, share in (cfg.blend or {}).items() if share > 0}
        blend = tuple((name, share / sum(shares.values())) for name, share in shares.items())
        like, continued = (None if cfg[key] is None else Path(cfg[key]).expanduser() for key in ("like", "continue"))
        return cls(
            genre or tuple(name for name, _ in blend[:1]),
            cfg.n,
            cfg.seconds,
            cfg.seed,
            cfg.temperature,
            blend,
            like,
            cfg.strength,
            continued,
        )

    @property
    def song(self) -> Path | None:
        """The song that samples begin with, of whichever kind."""
        return self.like or self.continued

    @property
    def material(self) -> dict[str, str]:
        """What samples are made of besides their genre: the keys ``like``, ``strength``, ``continue`` and ``blend``, as
        far as they are used."""
        blend = ", ".join(f"{name}: {share:.3g}" for name, share in self.blend)
        found = {"like": self.like, "strength": self.like and self.strength, "continue": self.continued, "blend": blend}
        return {key: str(value) for key, value in found.items() if value not in (None, "")}

    def shares(self, genre: str, known: Sequence[str]) -> list[float]:
        """The share of each known genre in a sample of ``genre``: all of it, unless a blend is asked for.

        Raises:
            UserError: the blend has a genre that is not known.
        """
        shares = [0.0] * len(known)
        for name, share in self.blend or ((genre, 1.0),):
            if (found := find_genre(name, known)) is None:
                raise _not_in_blend(name, known)
            shares[known.index(found)] += share
        return shares

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
                if genre in dict(self.blend):
                    raise _not_in_blend(genre, known)
                raise UserError(f"genre={genre} is unknown: choose from {', '.join(known)}, or all.")
            found.append(name)
        return list(dict.fromkeys(found))

    def check(self, corpus: Corpus, split: Split) -> None:
        """See that the corpus that a generator learns from has what is asked for.

        Raises:
            UserError: an unknown genre, or too few training tracks for a PCA, which every synthesis shows.
        """
        genres = self.genres_of(corpus.genres)
        self.shares(genres[0], corpus.genres)
        found = sum(corpus.tracks[i].genre in genres for i in split.train)
        if found < 3:
            raise UserError(
                f"A PCA needs three training tracks; there are {found} of {', '.join(genres)}: ask for more genres, or "
                "choose another split."
            )


def _not_in_blend(genre: str, known: Sequence[str]) -> UserError:
    return UserError(f"blend has {genre}, which is unknown: choose from {', '.join(known)}.")
