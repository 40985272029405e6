"""How much a linear net seems to know if segments of one track, or tracks of one artist, are on both sides of a split.

This measures a mistake in order to show it. None of it is a protocol: splits are made in ``gtzan.corpora.splits``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gtzan.data.views import mean_and_std
from gtzan.errors import UserError
from gtzan.models.metrics import Scores, wilson_interval

FOLDS = 5


@dataclass(frozen=True)
class Measured:
    """Correct predictions of held-out segments, and of tracks by the mean probabilities of their held-out segments.

    Attributes:
        right, n: of segments.
        right_tracks, n_tracks: of tracks.
    """

    right: int
    n: int
    right_tracks: int
    n_tracks: int

    @property
    def segments(self) -> float:
        """Accuracy of segments."""
        return self.right / self.n

    @property
    def tracks(self) -> float:
        """Accuracy of tracks."""
        return self.right_tracks / self.n_tracks

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy of tracks; segments of a track are no independent trials."""
        return wilson_interval(self.right_tracks, self.n_tracks)


def measure_leakage(
    x: Tensor,
    y: Tensor,
    track: Tensor,
    groups: Mapping[str, np.ndarray],
    make_net: Callable[[int, int], nn.Module],
    folds: int = FOLDS,
) -> dict[str, Measured]:
    """Cross-validate one net on the same segments, divided in several ways: each segment is held out once.

    Args:
        x: features ``(segments, n_features)``, not standardised.
        y: ``(segments,)``, genre numbers.
        track: ``(segments,)``, track numbers.
        groups: by the name of each way, ``(segments,)``: segments of equal number stay on one side.
        make_net: from the numbers of features and genres to a net with a method ``fit(x, y)``.
        folds: in how many parts.

    Raises:
        UserError: a genre has fewer groups than there are folds.
    """
    return {name: _cross_validated(x, y, track, together, make_net, folds, name) for name, together in groups.items()}


def fewest_groups(y: Tensor, together: np.ndarray) -> int:
    """The number of groups in the genre that has the fewest; a cross-validation cannot have more folds.

    Args:
        y: ``(segments,)``, genre numbers.
        together: ``(segments,)``, group numbers.
    """
    return min(len(np.unique(together[(y == genre).numpy()])) for genre in y.unique())


def _cross_validated(
    x: Tensor,
    y: Tensor,
    track: Tensor,
    together: np.ndarray,
    make_net: Callable[[int, int], nn.Module],
    folds: int,
    name: str,
) -> Measured:
    from sklearn.model_selection import StratifiedGroupKFold

    genres = int(y.max()) + 1
    if (fewest := fewest_groups(y, together)) < folds:
        raise UserError(f"{name}: a genre has {fewest} groups only, too few for {folds} parts.")
    scores = Scores(genres, int(track.max()) + 1)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    for inside, outside in splitter.split(np.zeros(len(y)), y.numpy(), together):
        train, test = torch.from_numpy(inside), torch.from_numpy(outside)
        mean, std = mean_and_std([x[train]], (0,))
        net = make_net(x.shape[1], genres)
        net.fit((x[train] - mean) / std, y[train])  # type: ignore[operator]
        with torch.no_grad():
            scores.update(net((x[test] - mean) / std), y[test], track[test])
    _, truth, probabilities = scores.tracks()
    right = int(scores.segments.trace())
    return Measured(right, len(y), int((probabilities.argmax(dim=1) == truth).sum()), len(truth))
