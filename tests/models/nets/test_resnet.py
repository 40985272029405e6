import pytest
import torch

from gtzan.models.nets.resnet import Residual, Resnet


@pytest.mark.parametrize(("batch", "bands", "frames"), [(4, 32, 40), (2, 17, 33), (2, 1, 3)])
def test_shapes_and_gradients(batch, bands, frames):
    net = Resnet((1, bands, frames), 7, channels=(4, 6), dropout=0.2)
    logits = net(torch.randn(batch, 1, bands, frames))
    assert logits.shape == (batch, 7)
    logits.logsumexp(1).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_segments_of_six_seconds_laid_out_as_the_data_module_does():
    """The input's strides and width are those for which a strided 1 × 1 convolution crashed the process."""
    net = Resnet((1, 64, 258), 10, channels=(24, 8))
    net(torch.randn(32, 258, 64).transpose(1, 2).unsqueeze(1)).logsumexp(1).sum().backward()
    assert all(p.grad.isfinite().all() for p in net.parameters())


def test_default_channels_and_another_number_of_frames():
    assert Resnet((1, 16, 16), 10)(torch.randn(2, 1, 16, 50)).shape == (2, 10)


def test_a_block_adds_its_input():
    block = Residual(3, 3, stride=1)
    torch.nn.init.zeros_(block.second_norm.weight)
    x = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(block(x), x.relu())
