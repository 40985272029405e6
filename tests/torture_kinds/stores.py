"""Feature stores that were edited, forged or swapped: refused in one sentence, or opened as what they were."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
from torture_kinds.faults import Accepted, LetIn
from torture_kinds.world import World

SECONDS = 20


def cases(world: World) -> list[str]:
    return world.some([*MANIFESTS, *ARRAYS, *FILES], 6)


def attempt(world: World, case: str, folder: Path) -> None:
    store = folder / "store"
    shutil.copytree(stored(world), store)
    (MANIFESTS | ARRAYS | FILES)[case](store)
    open_or_refuse(store, facts(world))
    if (folder / "canary").exists():
        raise LetIn("code in a store ran")


def stored(world: World) -> Path:
    """A store of the music, made by this process."""

    def make(folder: Path) -> None:
        from gtzan.corpora.folder import folder_corpus
        from gtzan.data.store import FeatureStore

        FeatureStore.of(folder_corpus(world.music()), {"n_mfcc": 13}, folder / "cache")

    made = world.made("store", make)
    return next(path for path in (made / "cache").iterdir() if path.is_dir())


def facts(world: World) -> dict:
    """What the store says when nobody has touched it."""
    from gtzan.data.store import FeatureStore

    return _facts(FeatureStore.open(stored(world)))


def open_or_refuse(path: Path, wanted: dict) -> None:
    """Open a store: it must equal the original, or be refused with a :class:`UserError`.

    Raises:
        Accepted: it opens as something else.
    """
    from gtzan.data.store import FeatureStore
    from gtzan.errors import UserError

    try:
        found = _facts(FeatureStore.open(path))
    except UserError:
        return
    different = [key for key in wanted if not _same(found[key], wanted[key])]
    if different:
        raise Accepted(f"opens with other {', '.join(different)}")


def _facts(store) -> dict:
    tracks = [(t.name, t.genre, str(t.path), t.artist, t.title, t.group) for t in store.corpus.tracks]
    return {
        "tracks": tracks,
        "corpus": (store.corpus.name, str(store.corpus.root), store.corpus.synthetic),
        "frames": np.array(store.frames),
        "lengths": list(store.lengths),
        "broken": store.broken,
        "settings": store.settings,
        "columns": dict(store.columns),
    }


def _same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one == other


def _edited(change):
    """A store whose manifest was changed by hand."""

    def edit(store: Path) -> None:
        path = store / "store.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        change(manifest)
        path.write_text(json.dumps(manifest), encoding="utf-8")

    return edit


def _swap(values: list) -> None:
    """Exchange the first value with the first that differs."""
    other = next(i for i, value in enumerate(values) if value != values[0])
    values[0], values[other] = values[other], values[0]


def _shift(values: list) -> None:
    values[0] += 1
    values[1] -= 1


MANIFESTS = {
    "a genre renamed": _edited(lambda m: m["corpus"]["tracks"][0].update(genre="pop")),
    "genres swapped": _edited(
        lambda m: [t.update(genre={"pop": "metal"}.get(t["genre"], t["genre"])) for t in m["corpus"]["tracks"]]
    ),
    "a track renamed": _edited(lambda m: m["corpus"]["tracks"][0].update(name="other")),
    "a track twice": _edited(lambda m: m["corpus"]["tracks"].append(m["corpus"]["tracks"][0])),
    "tracks in another order": _edited(lambda m: m["corpus"]["tracks"].reverse()),
    "a track missing": _edited(lambda m: m["corpus"]["tracks"].pop()),
    "an artist given": _edited(lambda m: m["corpus"]["tracks"][0].update(artist="Somebody", group="Somebody")),
    "a path outside": _edited(lambda m: m["corpus"]["tracks"][0].update(path="../../../../etc/passwd")),
    "the root elsewhere": _edited(lambda m: m["corpus"].update(root="/etc")),
    "synthetic music called real": _edited(lambda m: m["corpus"].update(synthetic=not m["corpus"]["synthetic"])),
    "another corpus's name": _edited(lambda m: m["corpus"].update(name="GTZAN")),
    "lengths shifted": _edited(lambda m: _shift(m["lengths"])),
    "a length negative": _edited(lambda m: m["lengths"].__setitem__(slice(0, 2), [-5, sum(m["lengths"][:2]) + 5])),
    "a length huge": _edited(lambda m: m["lengths"].__setitem__(0, 2**62)),
    "a length of text": _edited(lambda m: m["lengths"].__setitem__(0, "many")),
    "a length too many": _edited(lambda m: m["lengths"].append(0)),
    "lengths not integer": _edited(lambda m: m["lengths"].__setitem__(0, m["lengths"][0] + 0.5)),
    "n_mfcc edited": _edited(lambda m: m["settings"].update(n_mfcc=20)),
    "sample_rate edited": _edited(lambda m: m["settings"].update(sample_rate=44100)),
    "hop_length of 0": _edited(lambda m: m["settings"].update(hop_length=0)),
    "n_mels of a million": _edited(lambda m: m["settings"].update(n_mels=10**6)),
    "columns exchanged": _edited(lambda m: m.update(columns={"mfcc": [13, 25], "chroma": [0, 13]})),
    "a column beyond the end": _edited(lambda m: m.setdefault("columns", {}).update(mfcc=[0, 10**9])),
    "columns of text": _edited(lambda m: m.setdefault("columns", {}).update(mfcc="all")),
    "a track called broken": _edited(lambda m: m["broken"].update({m["corpus"]["tracks"][0]["name"]: "no reason"})),
    "broken a list": _edited(lambda m: m.update(broken=["x"])),
    "another format": _edited(lambda m: m.update(format=999)),
    "format true": _edited(lambda m: m.update(format=True)),
    "no format": _edited(lambda m: m.pop("format")),
    "no checksums": _edited(lambda m: m.pop("checksums", None)),
    "checksums empty": _edited(lambda m: m.update(checksums=[])),
    "checksums null": _edited(lambda m: m.update(checksums=None)),
    "no tracks": _edited(lambda m: m["corpus"].update(tracks=[])),
    "tracks null": _edited(lambda m: m["corpus"].update(tracks=None)),
    "a fact too many": _edited(lambda m: m["corpus"].update(evil=1)),
    "a track of numbers": _edited(lambda m: m["corpus"]["tracks"].__setitem__(0, 5)),
}


def _array(change):
    """A store with another array in the right place."""

    def forge(store: Path) -> None:
        frames = np.load(store / "frames.npy")
        np.save(store / "frames.npy", change(frames), allow_pickle=True)

    return forge


def _dtype(name: str):
    """A header that calls the same bytes something else."""

    def forge(store: Path) -> None:
        data = (store / "frames.npy").read_bytes()
        (store / "frames.npy").write_bytes(data.replace(b"'<f4'", f"'{name}'".encode(), 1))

    return forge


class Bomb:
    """Unpickling it leaves a file in the working directory."""

    def __reduce__(self):
        return os.system, ("touch canary",)


def _header(old: bytes, new: bytes):
    def forge(store: Path) -> None:
        data = (store / "frames.npy").read_bytes()
        end = data.index(b"\n")
        (store / "frames.npy").write_bytes(data[:end].replace(old, new, 1).ljust(end) + data[end:])

    return forge


ARRAYS = {
    "big-endian": _dtype(">f4"),
    "integers": _dtype("<i4"),
    "unsigned": _dtype("<u4"),
    "bytes of text": _dtype("|S4"),
    "float64": _array(lambda frames: frames.astype(np.float64)),
    "float16": _array(lambda frames: frames.astype(np.float16)),
    "column-major": _array(np.asfortranarray),
    "column-major by name": _header(b"False", b"True "),
    "flat": _array(np.ravel),
    "transposed": _array(lambda frames: frames.T.copy()),
    "reversed": _array(lambda frames: frames[::-1].copy()),
    "a row too many": _array(lambda frames: np.concatenate([frames, frames[:1]])),
    "a row missing": _array(lambda frames: frames[:-1]),
    "no rows": _array(lambda frames: frames[:0]),
    "NaN": _array(lambda frames: frames * np.nan),
    "a pickle": _array(lambda frames: np.array([Bomb()] * len(frames), dtype=object)),
    "a header of code": _header(b"False", b"exit()"),
}


def _write(name: str, data: bytes):
    return lambda store: (store / name).write_bytes(data)


def _replace(name: str, make):
    def forge(store: Path) -> None:
        (store / name).unlink()
        make(store / name)

    return forge


FILES = {
    "store.json empty": _write("store.json", b""),
    "store.json binary": _write("store.json", bytes(range(256))),
    "store.json a number": _write("store.json", b"5"),
    "store.json a list": _write("store.json", b"[]"),
    "store.json null": _write("store.json", b"null"),
    "store.json deep": _write("store.json", b"[" * 100_000),
    "store.json NaN": _write("store.json", b'{"format": NaN}'),
    "store.json huge number": _write("store.json", b'{"format": ' + b"9" * 10_000 + b"}"),
    "store.json a pipe": _replace("store.json", os.mkfifo),
    "store.json a folder": _replace("store.json", Path.mkdir),
    "store.json a device": _replace("store.json", lambda path: path.symlink_to("/dev/zero")),
    "store.json a circle": _replace("store.json", lambda path: path.symlink_to(path)),
    "frames.npy empty": _write("frames.npy", b""),
    "frames.npy text": _write("frames.npy", b"no array"),
    "frames.npy a zip": _write("frames.npy", b"PK\x03\x04" + bytes(100)),
    "frames.npy a pipe": _replace("frames.npy", os.mkfifo),
    "frames.npy a folder": _replace("frames.npy", Path.mkdir),
    "frames.npy a device": _replace("frames.npy", lambda path: path.symlink_to("/dev/zero")),
    "frames.npy missing": _replace("frames.npy", lambda path: None),
    "store.json missing": _replace("store.json", lambda path: None),
}
