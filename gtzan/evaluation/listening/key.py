"""The key of a listening page: which clip is what, and which clips are compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from gtzan.errors import UserError
from gtzan.files import read_json, write_json

KINDS = ("real", "copy", "generated")
PAIRS = (("real", "copy"), ("real", "generated"), ("copy", "generated"))
ID_LETTERS = 16


@dataclass(frozen=True)
class Clip:
    """What a listener is not told about a clip.

    Attributes:
        kind: ``real`` (a held-out track), ``copy`` (copy synthesis of one) or ``generated``.
        genre: the true or requested one.
        source: the track's or the file's name.
        judge: the genre that the judge predicts for this clip.
        sound: the beginning of the SHA-256 of its samples.
    """

    kind: str
    genre: str
    source: str
    judge: str
    sound: str


@dataclass(frozen=True)
class Key:
    """A page's clips and questions, whose names say nothing of what they are.

    Attributes:
        corpus: label of the corpus that the generator was trained on; it says so if that is synthetic music.
        genres: what listeners choose from: the judge's classes.
        clips: by name.
        questions: by name: one clip, whose genre is asked for, or two of one genre and different kinds, of which one
            sounds more like real music.
    """

    corpus: str
    genres: tuple[str, ...]
    clips: Mapping[str, Clip]
    questions: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, corpus: str, genres: Sequence[str], clips: Sequence[Clip], seed: int) -> tuple["Key", list[str]]:
        """Design a page: each clip's genre is asked for, and the i-th clips of a genre are compared across kinds.

        Names and their order are random. Of each two kinds, each comes first in half of the pairs.

        Returns:
            The key, and the name of each clip.
        """
        rng = np.random.default_rng(seed)
        found: dict[tuple[str, str], list[int]] = {}
        for i, clip in enumerate(clips):
            found.setdefault((clip.genre, clip.kind), []).append(i)
        asked: list[tuple[int, ...]] = [(i,) for i in range(len(clips))]
        for kinds in PAIRS:
            both = [[found.get((genre, kind), []) for kind in kinds] for genre in genres]
            pairs = [pair for one, other in both for pair in zip(one, other, strict=False)]
            turned = rng.permutation(np.arange(len(pairs)) % 2)
            asked += [pair[::-1] if turn else pair for pair, turn in zip(pairs, turned, strict=True)]
        names = [f"c{number:03d}" for number in rng.permutation(len(clips))]
        questions = {f"q{n:03d}": tuple(names[i] for i in asked[k]) for n, k in enumerate(rng.permutation(len(asked)))}
        by_name = dict(sorted(zip(names, clips, strict=True)))
        return cls(corpus, tuple(genres), by_name, questions), names

    @property
    def page(self) -> str:
        """The page's identity, a hash of all that the key says."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:ID_LETTERS]

    def kinds(self, question: str) -> tuple[str, ...]:
        """The kinds of a question's clips, in their order."""
        return tuple(self.clips[name].kind for name in self.questions[question])

    @classmethod
    def read(cls, path: Path) -> "Key":
        """Read a key file.

        Raises:
            UserError: it is missing or damaged.
        """
        document = read_json(path)
        if document is None:
            raise UserError(f"{path} is damaged." if path.exists() else f"There is no {path}: name a page's key file.")
        try:
            clips = {str(name): Clip(**facts) for name, facts in document["clips"].items()}
            questions = {str(name): tuple(asked) for name, asked in document["questions"].items()}
            key = cls(str(document["corpus"]), tuple(document["genres"]), clips, questions)
            page = key.page
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise UserError(f"{path} is no key of a listening page, or damaged ({error!r}).") from error
        if page != document.get("page"):
            raise UserError(f"{path} was changed after its page was made: make the page again.")
        return key

    def write(self, path: Path) -> None:
        """Write the key file."""
        write_json(path, {"page": self.page, **asdict(self)})
