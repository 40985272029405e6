"""Data sets with genres that mirdata loads and validates."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gtzan.corpora.artists import group_of
from gtzan.corpora.corpus import Corpus, Track
from gtzan.corpora.gtzan import named
from gtzan.corpora.table import PARTS, default_split
from gtzan.errors import UserError, first_line

log = logging.getLogger(__name__)

DATASETS: dict[str, tuple[str, str | None]] = {
    "ballroom": ("genre", None),
    "beatport_key": ("genres", None),
    "giantsteps_key": ("genres", None),
    "giantsteps_tempo": ("genre", None),
    "groove_midi": ("style", "drummer"),
    "gtzan_genre": ("genre", None),
    "guitarset": ("style", "player_id"),
    "irmas": ("genre", None),
    "medleydb_melody": ("genre", "artist"),
    "medleydb_pitch": ("genre", "artist"),
    "openmic2018": ("genres", "artist"),
    "salami": ("broad_genre", "artist"),
    "tonas": ("style", "singer"),
}
"""Of mirdata's tracks that have audio, the attributes that are genre and artist. Importing all of mirdata's loaders to
ask them takes seconds, and libraries that few of them need; ``tests/corpora/test_mirdata.py`` does."""


def mirdata_corpus(name: str, root: str | Path | None = None, version: str | float = "default") -> Corpus:
    """Take the tracks of one of mirdata's data sets that have one genre.

    Tracks with no genre or several are counted in the log. mirdata compares the audio files and the metadata with its
    index: files that are missing or others than those that were published are named there. A published split is
    ``split=predefined``.

    Bittner et al., "mirdata: Software for reproducible usage of datasets", ISMIR 2019.

    Args:
        name: mirdata's name of the data set, such as ``gtzan_genre``.
        root: mirdata's ``data_home``; its default where ``None``.
        version: of the data set.

    Raises:
        UserError: mirdata is not installed, the data set has no genres, or its index or metadata cannot be read.
    """
    if name not in DATASETS:
        raise UserError(f"data.name={name}: mirdata has no genres of such a data set: choose {', '.join(DATASETS)}.")
    if find_spec("mirdata") is None:
        raise UserError("data=mirdata needs an extra: pip install 'gtzan[mirdata]'.")
    import mirdata

    home = str(Path(root).expanduser()) if root else None
    try:
        dataset = mirdata.initialize(name, data_home=home, version=str(version))
    except ValueError as error:
        raise UserError(f"data.version={version}: {mirdata.list_dataset_versions(name)}.") from error
    root = Path(dataset.data_home)
    index = _read_index(Path(dataset.index_path), name, home, str(version))
    try:
        listed = [(track, track_of(track, *DATASETS[name])) for track in dataset.load_tracks().values()]
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise UserError(f"mirdata cannot read {name} in {root}: {first_line(error)}") from error
    tracks = [track for _, track in listed if track]
    if not tracks:
        raise UserError(f"No track of {name} in {root} has a single genre.")
    if len(tracks) < len(listed):
        log.warning(
            "%s: %d of %d tracks have no genre or several: left out", name, len(listed) - len(tracks), len(listed)
        )
    missing, changed = _validate(index, root, tracks)
    kept = [track for track in tracks if track.path not in missing]
    if not kept:
        raise UserError(f"None of the {len(tracks)} tracks of {name} is in {root}: expected {missing[0]}.")
    for paths, what in ((missing, "missing"), (changed, "not as published by mirdata's checksums")):
        if paths:
            log.warning("%s: %s (%d): %s", root, what, len(paths), named(paths, root))
    if not {"train", "test"} <= {track.published.get("predefined") for track in kept}:
        kept = [replace(track, published={}) for track in kept]
    return Corpus(name, tuple(sorted(kept, key=lambda track: track.name)), root, default_split=default_split(kept))


def _read_index(path: Path, name: str, home: str | None, version: str) -> Mapping:
    """Files and checksums of each track, which mirdata downloads apart from the audio."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        place = f", data_home={home!r}" if home else ""
        place += f", version={version!r}" if version != "default" else ""
        raise UserError(
            f"mirdata has not downloaded the index of {name} yet: "
            f"python -c \"import mirdata; mirdata.initialize({name!r}{place}).download(['index'])\"."
        ) from error


def track_of(track: Any, genre: str, artist: str | None) -> Track | None:
    """Ours of mirdata's; ``None`` where it has no audio, no genre, or several.

    Args:
        track: of mirdata.
        genre: the attribute that is its genre: a name, a list of names, or a dictionary of them.
        artist: the attribute that is its performer, if there is one.
    """
    path = getattr(track, "audio_path", None) or getattr(track, "audio_mic_path", None)
    found = getattr(track, genre)
    genres = found["genres"] if isinstance(found, dict) else found if isinstance(found, list) else [found]
    if path is None or len(genres) != 1 or not isinstance(genres[0], str) or not genres[0]:
        return None
    performer = str(getattr(track, artist) or "") if artist else ""
    part = str(getattr(track, "split", None)).rpartition("_")[2]  # split01_train
    return Track(
        name=track.track_id,
        genre=genres[0].partition("/")[0],  # funk/groove1
        path=Path(path),
        artist=performer or None,
        title=getattr(track, "title", None) or None,
        group=group_of(performer),
        published={"predefined": PARTS[part]} if part in PARTS else {},
    )


def _validate(index: Mapping, root: Path, tracks: list[Track]) -> tuple[list[Path], list[Path]]:
    """The files of tracks and of metadata that mirdata misses, and those that have another checksum."""
    from mirdata.validate import validate_index

    wanted = {track.name: str(track.path) for track in tracks}
    audio = {
        name: {key: file for key, file in files.items() if file[0] and str(root / file[0]) == wanted[name]}
        for name, files in index["tracks"].items()
        if name in wanted
    }
    checked = validate_index({"metadata": index.get("metadata"), "tracks": audio}, str(root), verbose=False)
    missing, changed = (
        [Path(path) for part in found.values() for paths in part.values() for path in paths] for found in checked
    )
    return missing, changed
