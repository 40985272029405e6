import pytest
import torch
from torch import nn

from gtzan.models.nets.cnn import Cnn


def _in_the_papers_order(net):
    """The same layers, with each ReLU straight after its convolution."""
    order = []
    for layer in net.convolutions:
        order.insert(len(order) - isinstance(layer, nn.ReLU), layer)
    return nn.Sequential(*order, nn.Flatten(), net.head)


def test_relu_after_pooling_changes_nothing():
    torch.manual_seed(0)
    net, x = Cnn((1, 20, 64), 10), torch.randn(4, 1, 20, 64)
    paper = _in_the_papers_order(net)
    assert [type(layer) for layer in paper[:3]] == [nn.Conv2d, nn.ReLU, nn.MaxPool2d]
    gradients = []
    for logits in (net(x), paper(x)):
        gradients.append(torch.autograd.grad(logits.logsumexp(1).sum(), list(net.parameters())))
    torch.testing.assert_close(net(x), paper(x))
    torch.testing.assert_close(*gradients)


def test_size_equals_keras():
    # three Conv2D with MaxPooling2D over 128 × 20, Flatten, Dense(128), Dense(10)
    convolutions = (9 * 1 + 1) * 64 + (9 * 64 + 1) * 128 + (9 * 128 + 1) * 256
    expected = convolutions + (16 * 2 * 256 + 1) * 128 + (128 + 1) * 10
    assert sum(p.numel() for p in Cnn((1, 20, 128), 10).parameters()) == expected == 1_419_658


@pytest.mark.parametrize("options", [{}, {"pooling": "mean"}, {"batch_norm": True, "dropout": 0.2}])
@pytest.mark.parametrize(("batch", "n_mfcc", "frames"), [(4, 20, 128), (2, 13, 131), (2, 8, 8)])
def test_shapes_and_gradients(batch, n_mfcc, frames, options):
    net = Cnn((1, n_mfcc, frames), 7, channels=(4, 6, 8), hidden=16, **options)
    logits = net(torch.randn(batch, 1, n_mfcc, frames))
    assert logits.shape == (batch, 7)
    logits.logsumexp(1).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_batch_of_one():
    net = Cnn((1, 20, 64), 10).eval()
    x = torch.randn(3, 1, 20, 64)
    torch.testing.assert_close(net(x)[:1], net(x[:1]), atol=1e-5, rtol=0)


def test_mean_pooling_takes_any_number_of_frames():
    net = Cnn((1, 20, 64), 10, pooling="mean")
    assert net(torch.randn(2, 1, 20, 200)).shape == (2, 10)


@pytest.mark.parametrize("shape", [(1, 7, 128), (1, 20, 7)])
def test_too_small_an_input_is_refused(shape):
    with pytest.raises(ValueError, match="at least 8 MFCCs and 8 frames"):
        Cnn(shape, 10)


def test_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="choose from flatten, mean"):
        Cnn((1, 20, 64), 10, pooling="max")


def test_bfloat16_autocast_trains():
    torch.manual_seed(0)
    net, x = Cnn((1, 20, 32), 5), torch.randn(2, 1, 20, 32)
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(x)
    torch.testing.assert_close(logits.float(), net(x), atol=0.1, rtol=0.05)
    logits.float().logsumexp(1).sum().backward()
    assert all(p.grad.isfinite().all() for p in net.parameters())


def test_same_seed_same_weights():
    nets = []
    for _ in range(2):
        torch.manual_seed(3)
        nets.append(Cnn((1, 20, 64), 10).state_dict())
    assert all(torch.equal(nets[0][name], nets[1][name]) for name in nets[0])
