import pytest
import torch
import torch.nn.functional as F

from gtzan.models.nets.logistic import Logistic
from tests.models.nets.test_lda import examples


@pytest.mark.parametrize(
    ("classes", "weights"),
    [(3, None), (3, torch.tensor([2.0, 1.0, 0.5])), (2, None), (2, torch.tensor([2.0, 1.0]))],
)
def test_no_other_weights_have_a_smaller_loss(classes, weights):
    x, y = examples(classes)
    net = Logistic((6,), classes, l2=0.05)
    net.fit(x, y, weights)
    loss = F.cross_entropy(net(x), y, weight=weights) + 0.05 / 2 * net.weight.square().sum()
    loss.backward()
    assert net.weight.grad.abs().max() < 1e-3
    assert net.bias.grad.abs().max() < 1e-3


def test_of_two_classes_the_probabilities_are_those_of_their_difference():
    x, y = examples(2)
    net = Logistic((6,), 2)
    net.fit(x, y)
    assert (net(x).argmax(dim=1) == y).float().mean() > 0.8
    torch.testing.assert_close(net.weight[0], -net.weight[1])
