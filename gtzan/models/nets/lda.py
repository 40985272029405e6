"""Linear discriminant analysis, as a layer."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TooFewExamples(ValueError):
    """A net cannot be fitted to so few examples."""


class Lda(nn.Linear):
    """Linear discriminant analysis: Gaussian classes with one covariance, estimated with Ledoit and Wolf's shrinkage.

    Maps standardised features ``(batch, n_features)`` to logits ``(batch, n_classes)``, the logarithms of the classes'
    posterior probabilities up to a constant. The weights have a closed form, which ``fit`` computes.

    Args:
        input_shape: of one example: ``(n_features,)``.
    """

    def __init__(self, input_shape: Sequence[int], n_classes: int) -> None:
        (n_features,) = input_shape
        super().__init__(n_features, n_classes)

    @torch.no_grad()
    def fit(self, x: Tensor, y: Tensor, class_weights: Tensor | None = None) -> None:
        """Set the weights by all examples at once.

        Args:
            x: ``(examples, n_features)``, standardised.
            y: ``(examples,)``, class numbers; each class is there.
            class_weights: ``(n_classes,)``, by which the classes' frequencies are multiplied to give their priors.

        Raises:
            TooFewExamples: no more than classes, which leave nothing to estimate the covariance from.
        """
        if len(x) <= self.out_features:
            raise TooFewExamples(
                f"LDA needs more examples than classes, but there are {len(x)} for {self.out_features}"
            )
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # takes a second to import

        frequencies = torch.bincount(y.cpu(), minlength=self.out_features).double()
        priors = frequencies if class_weights is None else frequencies * class_weights.double().cpu()
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=(priors / priors.sum()).numpy())
        lda.fit(x.double().cpu().numpy(), y.cpu().numpy())
        weight, bias = torch.from_numpy(lda.coef_), torch.from_numpy(lda.intercept_)
        if len(weight) == 1:  # of two classes, scikit-learn has the difference alone
            weight, bias = (torch.cat([torch.zeros_like(one), one]) for one in (weight, bias))
        self.weight.copy_(weight)
        self.bias.copy_(bias)
