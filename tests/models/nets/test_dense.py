import pytest
import torch
from torch import nn

from gtzan.models.nets.dense import Dense


def test_size_equals_keras():
    expected = (72 + 1) * 512 + (512 + 1) * 256 + (256 + 1) * 128 + (128 + 1) * 10
    assert sum(p.numel() for p in Dense((72,), 10).parameters()) == expected == 202_890


def test_layers_are_the_peers():
    net = Dense((72,), 10)
    hidden = [nn.Linear, nn.ReLU, nn.Dropout]
    assert [type(layer) for layer in net.layers] == [*hidden, *hidden, nn.Linear, nn.ReLU, nn.Linear]
    assert {layer.p for layer in net.layers if isinstance(layer, nn.Dropout)} == {0.3}


@pytest.mark.parametrize("hidden", [(512, 256, 128), (8,), ()])
def test_shapes_and_gradients(hidden):
    net = Dense([17], 4, hidden=hidden)
    logits = net(torch.randn(1, 17))
    assert logits.shape == (1, 4)
    logits.logsumexp(1).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_initialisation_is_keras():
    for layer in Dense((72,), 10).layers:
        if isinstance(layer, nn.Linear):
            limit = (6 / (layer.in_features + layer.out_features)) ** 0.5
            assert 0.95 * limit < layer.weight.abs().max() <= limit
            assert not layer.bias.any()


def test_same_seed_same_weights():
    nets = []
    for _ in range(2):
        torch.manual_seed(3)
        nets.append(Dense((72,), 10).state_dict())
    assert all(torch.equal(nets[0][name], nets[1][name]) for name in nets[0])
