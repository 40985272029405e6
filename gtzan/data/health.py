"""Checks of a run's data: missing, broken and duplicate tracks, and artists on both sides of the split."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.gtzan import gtzan_table
from gtzan.corpora.splits import Split
from gtzan.data.store import FeatureStore

MOST = 12  # tracks named in a line


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        what: the check, in a word or two.
        sentence: the result, without a full stop.
        good: whether there is no problem; ``None`` if that is unknown.
    """

    what: str
    sentence: str
    good: bool | None


def findings(store: FeatureStore, split: Split, overlap: float | None) -> list[Finding]:
    """The results of all checks, from metadata alone; no audio is read.

    Args:
        store: the features, with the list of broken files.
        split: the parts.
        overlap: share of the test tracks whose artist is also in the training part; ``None`` if artists are unknown.
    """
    return [
        *_missing(store.corpus),
        _broken(store),
        _duplicates(store.corpus, split),
        *_left_out(store.corpus, split),
        _artists(overlap),
    ]


def is_gtzan(corpus: Corpus) -> bool:
    """Whether the tracks are GTZAN's; the built-in corpus uses the same names."""
    return not corpus.synthetic and all(track.name in gtzan_table() for track in corpus.tracks)


def _missing(corpus: Corpus) -> Iterator[Finding]:
    """Missing tracks of GTZAN; for other corpora, the complete list is unknown."""
    if is_gtzan(corpus):
        there = {track.name for track in corpus.tracks}
        wanted = [name for name, row in gtzan_table().items() if row["genre"] in corpus.genres]
        missing = [name for name in wanted if name not in there]
        count = f"{len(missing)} of GTZAN’s {len(wanted)} tracks"
        sentence = f"{count}: {_first_names(missing)}" if missing else "none of GTZAN’s tracks"
        yield Finding("missing", sentence, not missing)


def _broken(store: FeatureStore) -> Finding:
    if not store.broken:
        return Finding("broken", f"none of {len(store.corpus.tracks)} files", True)
    reasons = [f"{name} ({reason})" for name, reason in store.broken.items()]
    return Finding(
        "broken", f"{len(reasons)} of {len(store.corpus.tracks)} files, left out: {_first_names(reasons)}", False
    )


def _duplicates(corpus: Corpus, split: Split) -> Finding:
    """Tracks that are the same recording; for GTZAN, according to its table of checksums."""
    if any(track.recording is None for track in corpus.tracks):
        return Finding("duplicate", "not checked: the audio is not on this machine", None)
    same = defaultdict(list)
    for track in corpus.tracks:
        same[track.recording].append(track.name)
    groups = [" = ".join(names) for names in same.values() if len(names) > 1]
    if not groups:
        return Finding("duplicate", "no two tracks are the same recording", True)
    shared = len(split.shared_recordings(corpus))
    sentence = f"{len(groups)} recordings occur more than once ({_first_names(groups)}); {shared or 'none'} of them in "
    return Finding("duplicate", sentence + "several parts of the split", not shared)


def _left_out(corpus: Corpus, split: Split) -> Iterator[Finding]:
    """Tracks that the protocol leaves out, as ``fault_filtered`` does with GTZAN's known faults."""
    used = sum(len(part) for part in split.parts.values())
    if left := len(corpus.tracks) - used:
        yield Finding("left out", f"{left} of {len(corpus.tracks)} tracks, by the protocol {split.protocol}", None)
    elif is_gtzan(corpus):
        known = sum(not gtzan_table()[track.name]["fault_filtered"] for track in corpus.tracks)
        sentence = f"{known} tracks are repeated, mislabelled or distorted in every copy of GTZAN; split=fault_filtered"
        yield Finding("known faults", f"{sentence} leaves them out", not known)


def _artists(overlap: float | None) -> Finding:
    if overlap is None:
        return Finding("artists", "unknown, so the split may have an artist on both sides", None)
    if overlap == 0:
        return Finding("artists", "none is on both sides of the split", True)
    sentence = (
        f"{overlap:.1%} of the held-out tracks have an artist who is also in the training part, which inflates accuracy"
    )
    return Finding("artists", sentence, False)


def _first_names(names: list[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
