"""``store.json``: the metadata of a feature store, validated when it is read."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from sys import intern

from gtzan.audio.encoders.registry import check_settings
from gtzan.audio.settings import LARGEST, columns_of
from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.sealed import read_sealed_json, write_sealed_json
from gtzan.errors import UserError
from gtzan.files import read_json

FORMAT = 2  # of the folder's layout


@dataclass(frozen=True)
class Manifest:
    """The metadata of a feature store.

    Attributes:
        corpus: every track, broken ones included.
        lengths: frames of each track; 0 where the file is broken.
        broken: the reason by track name.
        settings: the extractor's arguments.
        rows: of each part of the frames that has a checksum of its own.
        checksums: of those parts.
    """

    corpus: Corpus
    lengths: list[int]
    broken: dict[str, str]
    settings: dict
    rows: list[int]
    checksums: list[int]

    @property
    def columns(self) -> dict[str, tuple[int, int]]:
        """The first and the last-plus-one column of each feature."""
        return {name: (span.start, span.stop) for name, span in columns_of(self.settings).items()}

    @property
    def n_features(self) -> int:
        return max(stop for _, stop in self.columns.values())

    def write(self, path: Path) -> None:
        root = self.corpus.root
        tracks = [asdict(t) | {"path": t.path.relative_to(root).as_posix()} for t in self.corpus.tracks]
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        corpus = asdict(self.corpus) | {"root": str(root.resolve()), "tracks": tracks}
        write_sealed_json(path, {"format": FORMAT} | values | {"corpus": corpus})

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read ``store.json``.

        Raises:
            OSError: it is missing or cannot be read.
            ValueError: it is damaged, or does not hold together.
            UserError: it has another format.
        """
        try:
            values = read_sealed_json(path)
        except ValueError:
            _check_format(path, read_json(path) or {})  # other formats may have had other checksums
            raise
        _check_format(path, values)
        values.pop("format", None)
        try:
            manifest = cls(**values | {"corpus": _corpus(values["corpus"])})
            manifest._check()
        except (KeyError, TypeError, AttributeError, UserError) as error:
            raise ValueError(f"its values do not hold together: {error}") from error
        return manifest

    def _check(self) -> None:
        if "encoder" not in self.settings and set(self.settings) != {*LARGEST, "roll_percent", "tuning"}:
            raise ValueError("it has other settings than n_mfcc and its like")
        check_settings(**self.settings)
        counts = [*self.lengths, *self.rows, *self.checksums]
        if not all(type(n) is int and 0 <= n < 2**48 for n in counts):
            raise ValueError("a number of frames or a checksum is none")
        if len(self.lengths) != len(self.corpus.tracks) or sum(self.rows) != sum(self.lengths):
            raise ValueError("it has other numbers of frames than tracks")
        broken = {t.name for t, n in zip(self.corpus.tracks, self.lengths, strict=True) if not n}
        if broken != set(self.broken) or not all(isinstance(reason, str) for reason in self.broken.values()):
            raise ValueError("its broken tracks are not those without frames")


def _check_format(path: Path, values: dict) -> None:
    if (format_ := values.get("format", FORMAT)) != FORMAT:
        raise UserError(f"The feature store {path.parent} has format {format_}, not {FORMAT}: build it again.")


def _corpus(values: dict) -> Corpus:
    root = Path(values["root"])
    tracks = tuple(_track(track, root) for track in values["tracks"])
    if not isinstance(values["synthetic"], bool):
        raise ValueError("whether it is synthetic is neither true nor false")
    _check_texts(values["name"], values["default_split"])
    return Corpus(**values | {"root": root, "tracks": tracks})


def _track(values: dict, root: Path) -> Track:
    below = values["path"]
    if below.startswith("/") or ".." in below.split("/"):
        raise ValueError("a track lies outside its corpus")
    if not all(isinstance(part, str | int) for part in values["published"].values()):
        raise ValueError("a part is neither a name nor a number")
    _check_texts(
        values["name"], values["genre"], *(values[key] or "" for key in ("artist", "title", "group", "recording"))
    )
    # One string for all tracks of a genre or an artist: a large corpus takes less memory.
    shared = {key: intern(values[key]) for key in ("genre", "artist", "group") if values[key]}
    return Track(**values | shared | {"path": root / below})


def _check_texts(*texts: object) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a name is no text")
