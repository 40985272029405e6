"""What listeners prefer, and which genres they recognise, with intervals and beside the judge."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gtzan.evaluation.comparison import Comparison
from gtzan.evaluation.listening.answers import DONT_KNOW, Answers
from gtzan.evaluation.listening.key import KINDS, PAIRS, Key
from gtzan.evaluation.robustness import holm
from gtzan.models.metrics import wilson_interval

RESAMPLES = 10_000


@dataclass(frozen=True)
class Share:
    """A share of answers with its 95 % interval: see :func:`share`."""

    count: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.count / self.n


@dataclass(frozen=True)
class Preference:
    """How often the first of two kinds was said to sound more like real music than the second."""

    first: str
    second: str
    share: Share


@dataclass(frozen=True)
class Recognition:
    """Genre accuracy on one kind of clips.

    Attributes:
        kind: of the clips.
        listeners: share of correct answers; "don't know" counts as wrong, because the judge has to choose, too.
        dont_know: number of those answers.
        judge: share of these clips that the judge predicts correctly, each counted once.
        comparison: of the listeners (*a*) with the judge (*b*), clip by clip. What several listeners say of a clip is
            their most frequent answer; in a tie, that of the one with the smallest random seed.
        p_holm: McNemar's exact p, corrected by Holm's method for the kinds of clips.
    """

    kind: str
    listeners: Share
    dont_know: int
    judge: Share
    comparison: Comparison
    p_holm: float


def share(counts: Sequence[int], totals: Sequence[int]) -> Share:
    """The share of all listeners' answers.

    The interval is Wilson's. One listener's answers are alike, so for several listeners it is widened, at each end,
    to the 2.5th and 97.5th percentile of a bootstrap over listeners, who are drawn with all their answers. (Alone, the
    bootstrap of two or three listeners who agree would be an interval of no width.)

    Args:
        counts: of each listener, the answers that are counted.
        totals: of each listener, all answers.
    """
    k, n = np.array(counts), np.array(totals)
    low, high = wilson_interval(int(k.sum()), int(n.sum()))
    if len(k) > 1:
        drawn = np.random.default_rng(0).integers(len(k), size=(RESAMPLES, len(k)))
        shares = k[drawn].sum(axis=1) / n[drawn].sum(axis=1)
        low, high = min(low, float(np.quantile(shares, 0.025))), max(high, float(np.quantile(shares, 0.975)))
    return Share(int(k.sum()), int(n.sum()), low, high)


def preferences(key: Key, listeners: Sequence[Answers]) -> list[Preference]:
    """For each two kinds that were compared."""
    found = []
    for pair in PAIRS:
        asked = [q for q in key.questions if len(key.questions[q]) == 2 and set(key.kinds(q)) == set(pair)]
        if asked:
            chosen = [[key.clips[str(answers.chosen[q])].kind for q in asked].count(pair[0]) for answers in listeners]
            found.append(Preference(*pair, share(chosen, [len(asked)] * len(listeners))))
    return found


def recognitions(key: Key, listeners: Sequence[Answers]) -> list[Recognition]:
    """For each kind of clips."""
    found: list[Recognition] = []
    in_turn = sorted(listeners, key=lambda answers: answers.seed)
    for kind in KINDS:
        asked = [(q, key.clips[clips[0]]) for q, clips in key.questions.items() if key.kinds(q) == (kind,)]
        if not asked:
            continue
        right = [sum(answers.chosen[q] == clip.genre for q, clip in asked) for answers in listeners]
        unsure = sum(answers.chosen[q] is DONT_KNOW for answers in listeners for q, _ in asked)
        votes = [(q, clip.genre, Counter(a.chosen[q] for a in in_turn).most_common(1)[0][0]) for q, clip in asked]
        comparison = Comparison.of(
            [{"track": q, "truth": genre, "prediction": vote or ""} for q, genre, vote in votes],
            [{"track": q, "truth": clip.genre, "prediction": clip.judge} for q, clip in asked],
        )
        judge = share([comparison.right_b], [comparison.n])
        heard = share(right, [len(asked)] * len(listeners))
        found.append(Recognition(kind, heard, unsure, judge, comparison, comparison.p))
    corrected = holm([recognition.comparison.p for recognition in found])
    return [replace(recognition, p_holm=p) for recognition, p in zip(found, corrected, strict=True)]
