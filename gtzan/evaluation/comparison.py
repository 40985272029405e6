"""A paired significance test of two classifiers on the same tracks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gtzan.errors import UserError


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two classifiers, *a* and *b*.

    Attributes:
        n: held-out tracks.
        right_a, right_b: tracks that each predicts correctly.
        only_a, only_b: tracks that only one of them predicts correctly.
    """

    n: int
    right_a: int
    right_b: int
    only_a: int
    only_b: int

    @classmethod
    def of(
        cls,
        first: Iterable[Mapping[str, str]],
        second: Iterable[Mapping[str, str]],
        names: tuple[str, str] = ("A", "B"),
    ) -> "Comparison":
        """Compare the predictions of two classifiers.

        Args:
            first, second: a mapping for each held-out track, with ``track``, ``truth`` and ``prediction``.
            names: what to call the two in errors.

        Raises:
            UserError: their held-out tracks are not the same.
        """
        a, b = names
        ours, theirs = _by_track(first), _by_track(second)
        if only := sorted(set(ours) ^ set(theirs)):
            where = a if only[0] in ours else b
            raise UserError(
                f"{a} and {b} were not tested on the same tracks ({len(ours)} and {len(theirs)}; {only[0]} is in "
                f"{where} only): compare runs of one corpus, split and fold."
            )
        if other := [track for track in ours if ours[track][0] != theirs[track][0]]:
            raise UserError(f"{a} and {b} do not agree on the genre of {other[0]}: their corpora differ.")
        pairs = [(ours[track][1], theirs[track][1]) for track in ours]
        return cls(
            len(pairs),
            sum(x for x, _ in pairs),
            sum(y for _, y in pairs),
            sum(x and not y for x, y in pairs),
            sum(y and not x for x, y in pairs),
        )

    @property
    def p(self) -> float:
        """McNemar's exact test: how likely so uneven a division of the tracks on which they differ is by chance."""
        differ = self.only_a + self.only_b
        if not differ:
            return 1.0
        from scipy.stats import binomtest

        return float(binomtest(self.only_a, differ, 0.5).pvalue)

    def sentence(self, a: str, b: str) -> str:
        """The conclusion, as a sentence."""
        if self.only_a == self.only_b:
            return f"Neither is better: {a} and {b} are right equally often."
        better, worse = (a, b) if self.only_a > self.only_b else (b, a)
        if self.p < 0.05:
            first = better[:1].upper() + better[1:]
            return f"{first} is better than {worse}: chance alone does this in {self.p:.2g} of such comparisons."
        return (
            f"No difference is shown: {better} is right more often, but chance alone does this in {self.p:.2g} of such "
            "comparisons."
        )


def _by_track(predictions: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, bool]]:
    """The true genre of each held-out track, and whether the prediction is right."""
    return {row["track"]: (row["truth"], row["truth"] == row["prediction"]) for row in predictions}
