"""Check every file of a corpus, and report what is wrong with it."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from tqdm import tqdm

from gtzan.audio.files import SAMPLE_RATE, decode_audio
from gtzan.corpora.corpus import no_audio
from gtzan.corpora.faults import CheckReport, Fault
from gtzan.corpora.folder import looks_numbered, one_per_stem
from gtzan.corpora.gtzan import GENRES, find_genres, gtzan_files, gtzan_table, is_composed
from gtzan.corpora.recordings import Recording, same_recordings
from gtzan.corpora.sound import sound_faults
from gtzan.corpora.walk import genre_files
from gtzan.errors import BrokenAudioError, UserError

# GTZAN's tracks are 29.93 to 30.65 s long.
_GTZAN_SECONDS = (29.9, 30.7)
_KNOWN_BROKEN = "jazz.00054"
UNBALANCED = 2  # times as many tracks of the largest genre as of the smallest


@dataclass(frozen=True)
class _File:
    genre: str
    track: str
    path: Path
    reason: str | None = None
    """Why it is broken; what follows is then unknown."""
    rate: int = 0
    seconds: float = 0.0
    samples: str = ""
    """A hash of the decoded samples: equal audio is found even where tags or containers differ."""
    content: str = ""
    """SHA-256 of the file."""
    recording: Recording | None = None
    """What other encodings of it have in common."""
    odd: tuple[tuple[str, str], ...] = ()
    """Kind and description of what is odd about the sound."""


def check_corpus(root: str | Path, kind: str | None = None) -> CheckReport:
    """Decode every file of GTZAN, or of any ``root/<genre>/**/<file>``, and compare.

    GTZAN is held against the known tracks, checksums (``.wav`` only), 22 050 Hz and 30 s; in other folders a sample
    rate is odd if it is not the most common one, and a length where most tracks have another. Uses all cores.

    Args:
        root: the folder.
        kind: ``gtzan`` or ``folder``; by default GTZAN where most files have its names, in all ten genres or in the
            folders of its archives.

    Raises:
        UserError: no such folder, or no audio in it.
    """
    root = Path(root).expanduser()
    if kind == "gtzan":
        folder = find_genres(root)
        return _check_gtzan(folder, *gtzan_files(folder))
    folder, tracks, strays = _named_like_gtzan(root)
    if kind is None and is_gtzan(root):
        return _check_gtzan(folder, tracks, strays)
    return _check_folder(root, len(tracks))


def is_gtzan(root: Path) -> bool:
    """Whether a folder is a copy of GTZAN by its layout and the names of most of its files."""
    folder, tracks, strays = _named_like_gtzan(root)
    # The layout of its archives, or all ten genres: one file that is named like a track of GTZAN makes no copy of it.
    layout = tracks and (folder != root or {name.split(".")[0] for name in tracks} == set(GENRES))
    return bool(layout) and len(tracks) > len(strays)


def _named_like_gtzan(root: Path) -> tuple[Path, dict[str, list[Path]], list[Path]]:
    """The genres' folder, the files in it that are named like tracks of GTZAN, and the others."""
    try:
        folder = find_genres(root)
    except UserError:
        return root, {}, []
    return folder, *(({}, []) if is_composed(folder) else gtzan_files(folder))


def _check_folder(root: Path, like_gtzan: int) -> CheckReport:
    found = genre_files(root)
    members = {genre: files.usable for genre, files in found.items() if files.usable}
    if not members and not any(files.left_out for files in found.values()):
        raise no_audio(root)
    used, doubles = one_per_stem([path for paths in members.values() for path in paths])
    genre_of = {path: genre for genre, paths in members.items() for path in paths}
    files = _look(_File(genre_of[path], str(path.relative_to(root)), path) for path in used)
    sound = [file for file in files if not file.reason]
    rate = Counter(file.rate for file in sound).most_common(1)[0][0] if sound else 0
    faults = [
        *_broken(files),
        *_duplicates(sound),
        *_odd(sound, "rate", lambda f: f.rate != rate, lambda f: f"{f.rate} Hz, where most have {rate} Hz"),
        *_odd_lengths(sound),
        *(Fault(kind, f.genre, f.track, detail) for f in sound for kind, detail in f.odd),
        *(_unused(path, root, reason) for files in found.values() for path, reason in files.left_out.items()),
        *(_unused(path, root, f"{kept.name} is used") for path, kept in doubles.items()),
    ]
    counts = Counter(file.genre for file in files)
    notes = list(_notes(root, Counter(file.genre for file in sound)))
    if like_gtzan:
        notes.append(f"{like_gtzan} files are named like GTZAN's: --as gtzan compares the folder with GTZAN.")
    return _report(f"{len(files)} tracks in {root}", {genre: counts[genre] for genre in members}, faults, notes)


def _notes(root: Path, usable: Counter[str]) -> Iterator[str]:
    if looks_numbered(sorted(usable)):
        yield f"the folders in {root} are numbered like FMA's, and would be taken for genres."
    (most, many), *_, (least, few) = usable.most_common() if len(usable) > 1 else [("", 0), ("", 0)]
    if many >= UNBALANCED * few > 0:
        yield f"{most} has {many} usable tracks, {least} {few}: class_weights=balanced gives genres equal weight."


def _check_gtzan(folder: Path, tracks: dict[str, list[Path]], strays: list[Path]) -> CheckReport:
    table = gtzan_table()
    files = _look(_File(table[track]["genre"], track, paths[0]) for track, paths in sorted(tracks.items()))
    sound = [file for file in files if not file.reason]
    low, high = _GTZAN_SECONDS
    faults = [
        *(Fault("missing", row["genre"], name, "not there") for name, row in table.items() if name not in tracks),
        *_broken(files, known={_KNOWN_BROKEN}),
        *_odd(sound, "checksum", _differs, lambda _: "differs from the widely used copy"),
        *_duplicates(sound, known=table),
        *_odd(sound, "rate", lambda f: f.rate != SAMPLE_RATE, lambda f: f"{f.rate} Hz instead of {SAMPLE_RATE} Hz"),
        *_odd(sound, "length", lambda f: not low <= f.seconds <= high, lambda f: f"{f.seconds:.2f} s instead of 30 s"),
        *(Fault(kind, f.genre, f.track, detail, not _differs(f)) for f in sound for kind, detail in f.odd),
        *(_unused(path, folder, "no readable track of GTZAN") for path in strays),
        *(_unused(path, folder, f"{p[0].name} is used") for p in tracks.values() for path in p[1:]),
    ]
    found = Counter(file.genre for file in files)
    title = f"GTZAN in {folder}: {len(files)} of {len(table)} tracks"
    return _report(title, {genre: found[genre] for genre in GENRES}, faults)


def _look(files: Iterable[_File]) -> list[_File]:
    """Decode and hash all files; both release the GIL."""
    files = list(files)
    executor = ThreadPoolExecutor(os.cpu_count())
    try:
        return list(tqdm(executor.map(_look_at, files), "checking", len(files), unit="file", disable=None))
    finally:
        executor.shutdown(cancel_futures=True)  # after Ctrl-C, do not go through the rest


def _look_at(file: _File) -> _File:
    try:
        waveform, rate = decode_audio(file.path)
        with open(file.path, "rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
    except BrokenAudioError as error:
        return replace(file, reason=error.reason)
    return replace(
        file,
        rate=rate,
        seconds=len(waveform) / rate,
        samples=hashlib.blake2b(waveform.data).hexdigest(),
        content=content,
        recording=Recording.of(file.path),
        odd=tuple(sound_faults(waveform, file.path)),
    )


def _broken(files: list[_File], known: Iterable[str] = ()) -> list[Fault]:
    return [Fault("broken", f.genre, f.track, f.reason, f.track in known) for f in files if f.reason]


def _differs(file: _File) -> bool:
    return file.path.suffix.lower() == ".wav" and file.content != gtzan_table()[file.track]["sha256_wav"]


def _duplicates(files: list[_File], known: dict[str, dict[str, str]] | None = None) -> list[Fault]:
    """A fault for each file that holds the same recording as one before it."""
    faults = []
    for numbers in same_recordings([file.recording for file in files]):
        first, *others = (files[i] for i in numbers)
        for other in others:
            across = "" if other.genre == first.genre else ", in another genre"
            equal = (other.samples, other.rate) == (first.samples, first.rate)
            how = "bit-identical to" if equal else "the same recording, encoded or cut otherwise, as"
            # That GTZAN repeats recordings is known; that two of its files are equal only of some.
            both = known and (not equal or known[first.track]["sha256_wav"] == known[other.track]["sha256_wav"])
            faults.append(Fault("duplicate", other.genre, other.track, f"{how} {first.track}{across}", bool(both)))
    return faults


def _odd_lengths(files: list[_File]) -> list[Fault]:
    """Where most tracks are cut to one length, the others stand out; songs of all lengths are nothing odd."""
    middle = median([file.seconds for file in files] or [0])
    odd = _odd(
        files,
        "length",
        lambda f: abs(f.seconds - middle) > 0.5,
        lambda f: f"{f.seconds:.2f} s, where most have {middle:.0f} s",
    )
    return odd if len(odd) < len(files) / 2 else []


def _odd(files: list[_File], kind: str, is_odd: Callable[[_File], bool], detail: Callable[[_File], str]) -> list[Fault]:
    return [Fault(kind, file.genre, file.track, detail(file)) for file in files if is_odd(file)]


def _unused(path: Path, root: Path, detail: str) -> Fault:
    below = path.relative_to(root)
    return Fault("unused", below.parts[0], str(below), detail)


def _report(title: str, found: dict[str, int], faults: list[Fault], notes: Iterable[str] = ()) -> CheckReport:
    genres = dict.fromkeys([*found, *(fault.genre for fault in faults)])
    return CheckReport(title, {genre: found.get(genre, 0) for genre in genres}, tuple(faults), tuple(notes))
