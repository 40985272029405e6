"""Multinomial logistic regression, as a layer."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Logistic(nn.Linear):
    """Multinomial logistic regression with a penalty on the squared weights.

    Maps standardised features ``(batch, n_features)`` to logits ``(batch, n_classes)``. The weights are the one minimum
    of a convex function, which ``fit`` finds: no learning rate, no seed.

    Args:
        input_shape: of one example: ``(n_features,)``.
        l2: weight of half the sum of squared weights beside the mean cross-entropy of the examples.
    """

    def __init__(self, input_shape: Sequence[int], n_classes: int, l2: float = 0.1) -> None:
        (n_features,) = input_shape
        super().__init__(n_features, n_classes)
        self.l2 = l2

    @torch.no_grad()
    def fit(self, x: Tensor, y: Tensor, class_weights: Tensor | None = None) -> None:
        """Set the weights by all examples at once.

        Args:
            x: ``(examples, n_features)``, standardised.
            y: ``(examples,)``, class numbers; each class is there.
            class_weights: ``(n_classes,)``, of the examples' cross-entropies; equal by default.
        """
        from sklearn.linear_model import LogisticRegression  # takes a second to import

        weights = torch.ones(self.out_features) if class_weights is None else class_weights.cpu()
        total = float(weights[y.cpu()].sum())
        # Of two classes, scikit-learn has the difference alone, d, and penalises d²; rows of ±d / 2 have half of that.
        penalty = self.l2 / 2 if self.out_features == 2 else self.l2
        regression = LogisticRegression(
            C=1 / (penalty * total), class_weight=dict(enumerate(weights.tolist())), max_iter=1000
        )
        regression.fit(x.double().cpu().numpy(), y.cpu().numpy())
        weight, bias = torch.from_numpy(regression.coef_), torch.from_numpy(regression.intercept_)
        if len(weight) == 1:
            weight, bias = (torch.cat([-one, one]) / 2 for one in (weight, bias))
        self.weight.copy_(weight)
        self.bias.copy_(bias)
