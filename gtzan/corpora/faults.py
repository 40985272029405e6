"""Faults of a corpus, and the text report of a check."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

KINDS = (
    *("missing", "broken", "truncated", "checksum", "duplicate"),
    *("rate", "length", "silent", "clipped", "offset", "unused"),
)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one track; ``known`` if GTZAN itself, not this copy of it, is to blame."""

    kind: str
    genre: str
    track: str
    detail: str
    known: bool = False


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        title: what was looked at.
        found: the number of tracks of each genre.
        faults: in the order of ``KINDS``.
        notes: what is no fault of a file, but to be known.
    """

    title: str
    found: dict[str, int]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()

    @property
    def new_faults(self) -> tuple[Fault, ...]:
        """Those that are not known of GTZAN anyway."""
        return tuple(fault for fault in self.faults if not fault.known)

    def __str__(self) -> str:
        """A table with a row per genre, then every fault by name, then the sum."""
        counts = Counter((fault.genre, fault.kind) for fault in self.faults)
        kinds = [kind for kind in KINDS if any(fault.kind == kind for fault in self.faults)]
        rows: list[list[str | int]] = [["genre", "found", *kinds]]
        rows += [[genre, n, *(counts[genre, kind] for kind in kinds)] for genre, n in self.found.items()]
        rows += [
            ["total", sum(self.found.values()), *(sum(counts[genre, kind] for genre in self.found) for kind in kinds)]
        ]
        wide = max(len(str(row[0])) for row in rows)
        lines = [self.title, ""]
        lines += [f"{row[0]:<{wide}}" + "".join(f"{cell or '·':>11}" for cell in row[1:]) for row in rows]
        if self.faults:
            lines.append("")
        alike = sorted(self.faults, key=lambda f: (KINDS.index(f.kind), f.genre, f.known, f.detail, f.track))
        for (kind, _, known, detail), faults in groupby(alike, key=lambda f: (f.kind, f.genre, f.known, f.detail)):
            note = " [a known fault of GTZAN]" if known else ""
            lines.append(f"{kind:<10} {_ranges([fault.track for fault in faults])}: {detail}{note}")
        if self.notes:
            lines += ["", *(f"Note: {note}" for note in self.notes)]
        known = len(self.faults) - len(self.new_faults)
        note = f", {known} of them known faults of GTZAN itself" if known else ""
        end = f"{len(self.faults)} fault{'s' * (len(self.faults) > 1)}{note}." if self.faults else "Nothing is wrong."
        return "\n".join([*lines, "", end])


def _ranges(tracks: list[str]) -> str:
    """``blues.00003 … blues.00007`` for runs of three and more: a missing genre is one line, not a hundred."""
    runs: list[list[str]] = []
    for track in tracks:
        number = re.search(r"\d+$", track)
        before = number and f"{track[: number.start()]}{int(number[0]) - 1:0{len(number[0])}}"
        if runs and before == runs[-1][-1]:
            runs[-1].append(track)
        else:
            runs.append([track])
    return ", ".join(f"{run[0]} … {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)
