"""How sound a run's data are: what is broken, doubled or missing, and who stands on both sides of the split."""

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
    """Something to know about the data.

    Attributes:
        what: in a word or two.
        told: in a sentence.
        good: whether it is nothing to worry about; ``None`` where that is not known.
    """

    what: str
    told: str
    good: bool | None


def findings(store: FeatureStore, split: Split, overlap: float | None) -> list[Finding]:
    """Look at what is known of a corpus, at no file of it.

    Args:
        store: the features, which know the broken files.
        split: the parts.
        overlap: share of the test tracks whose artist also trains; ``None`` where artists are not known.
    """
    return [
        *_missing(store.corpus),
        _broken(store),
        _doubles(store.corpus, split),
        *_left_out(store.corpus, split),
        _artists(overlap),
    ]


def is_gtzan(corpus: Corpus) -> bool:
    """Whether the tracks are GTZAN's; the built-in composer names its own alike."""
    return not corpus.synthetic and all(track.name in gtzan_table() for track in corpus.tracks)


def _missing(corpus: Corpus) -> Iterator[Finding]:
    """Of GTZAN only: elsewhere nobody knows what there should be."""
    if is_gtzan(corpus):
        there = {track.name for track in corpus.tracks}
        wanted = [name for name, row in gtzan_table().items() if row["genre"] in corpus.genres]
        missing = [name for name in wanted if name not in there]
        told = f"{len(missing)} of GTZAN’s {len(wanted)} tracks: {_named(missing)}" if missing else "no track of GTZAN"
        yield Finding("missing", told, not missing)


def _broken(store: FeatureStore) -> Finding:
    if not store.broken:
        return Finding("broken", f"none of {len(store.corpus.tracks)} files", True)
    reasons = [f"{name} ({reason})" for name, reason in store.broken.items()]
    return Finding("broken", f"{len(reasons)} of {len(store.corpus.tracks)} files, left out: {_named(reasons)}", False)


def _doubles(corpus: Corpus, split: Split) -> Finding:
    """Tracks that are the same recording; in GTZAN, those that its table of checksums says so of."""
    if any(track.recording is None for track in corpus.tracks):
        return Finding("duplicate", "not looked for: the audio is not on this machine", None)
    same = defaultdict(list)
    for track in corpus.tracks:
        same[track.recording].append(track.name)
    groups = [" = ".join(names) for names in same.values() if len(names) > 1]
    if not groups:
        return Finding("duplicate", "no two tracks are the same recording", True)
    shared = len(split.shared_recordings(corpus))
    told = f"{len(groups)} recordings are there more than once ({_named(groups)}); {shared or 'none'} of them in "
    return Finding("duplicate", told + "several parts of the split", not shared)


def _left_out(corpus: Corpus, split: Split) -> Iterator[Finding]:
    """Tracks that the protocol leaves out, as ``fault_filtered`` does with GTZAN's faults."""
    used = sum(len(part) for part in split.parts.values())
    if left := len(corpus.tracks) - used:
        yield Finding("left out", f"{left} of {len(corpus.tracks)} tracks, by the protocol {split.protocol}", None)
    elif is_gtzan(corpus):
        known = sum(not gtzan_table()[track.name]["fault_filtered"] for track in corpus.tracks)
        told = f"{known} tracks are repeated, mislabelled or distorted in every copy of GTZAN; split=fault_filtered"
        yield Finding("known faults", f"{told} leaves them out", not known)


def _artists(overlap: float | None) -> Finding:
    if overlap is None:
        return Finding("artists", "unknown: whether an artist is on both sides of the split cannot be said", None)
    if overlap == 0:
        return Finding("artists", "none is on both sides of the split", True)
    told = f"{overlap:.1%} of the held-out tracks have an artist who also trains, which flatters the numbers"
    return Finding("artists", told, False)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
