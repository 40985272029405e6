import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from gtzan.models.nets.lda import Lda, TooFewExamples


def examples(n_classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Classes of 10, 20, … examples with means of their own."""
    generator = torch.Generator().manual_seed(0)
    y = torch.repeat_interleave(torch.arange(n_classes), 10 * torch.arange(1, n_classes + 1))
    means = torch.randn(n_classes, 6, generator=generator)
    return means[y] + torch.randn(len(y), 6, generator=generator), y


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("priors", [None, "even"])
def test_its_probabilities_are_scikit_learns(n_classes, priors):
    x, y = examples(n_classes)
    even = np.full(n_classes, 1 / n_classes) if priors else None
    expected = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=even).fit(x, y).predict_proba(x)
    net = Lda((6,), n_classes)
    net.fit(x, y, None if even is None else 1 / torch.bincount(y))
    np.testing.assert_allclose(net(x).softmax(dim=1).detach(), expected, atol=1e-5)


def test_the_order_of_the_examples_does_not_matter():
    x, y = examples(3)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(1))
    first, second = Lda((6,), 3), Lda((6,), 3)
    first.fit(x, y)
    second.fit(x[order], y[order])
    torch.testing.assert_close(first.weight, second.weight, atol=1e-4, rtol=1e-4)


def test_no_more_examples_than_classes_are_refused():
    with pytest.raises(TooFewExamples, match="LDA needs more examples than classes, but there are 3 for 3"):
        Lda((4,), 3).fit(torch.randn(3, 4), torch.arange(3))
