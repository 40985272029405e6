import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gtzan.models.nets.convlstm import ConvLstm, ConvLstmCell


def _gate_by_gate(cell, x, h, c):
    """Keras' equations, one gate at a time, with convolutions that share nothing with the cell's."""

    def gate(k):
        rows = slice(k * cell.filters, (k + 1) * cell.filters)
        size = cell.input.kernel_size[0]
        pad = ((size - 1) // 2, size // 2) * 2
        from_x = F.conv2d(F.pad(x, pad), cell.input.weight[rows], cell.input.bias[rows])
        return from_x + F.conv2d(F.pad(h, pad), cell.recurrent.weight[rows])

    i, f, candidate, o = gate(0).sigmoid(), gate(1).sigmoid(), gate(2).tanh(), gate(3).sigmoid()
    c = f * c + i * candidate
    return o * c.tanh(), c


def _close(actual, expected, tolerance=1e-6):
    for a, b in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=tolerance)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
@pytest.mark.parametrize(("batch", "height", "width"), [(4, 8, 6), (1, 7, 5), (1, 1, 1)])
def test_cell_equals_the_plain_equations(batch, height, width, kernel_size):
    torch.manual_seed(0)
    cell = ConvLstmCell(2, 3, kernel_size)
    steps = torch.randn(4, batch, 2, height, width)
    h = c = torch.zeros(batch, 3, height, width)
    for x in steps:
        h, c = _gate_by_gate(cell, x, h, c)
    _close(cell.unroll(steps), (h, c))


def test_gradients_equal_those_of_the_plain_equations():
    torch.manual_seed(0)
    cell = ConvLstmCell(2, 3)
    steps = torch.randn(3, 2, 2, 5, 4, requires_grad=True)
    wanted = [steps, *cell.parameters()]
    h = c = torch.zeros(2, 3, 5, 4)
    for x in steps:
        h, c = _gate_by_gate(cell, x, h, c)
    expected = torch.autograd.grad((h * h + c).sum(), wanted)
    h, c = cell.unroll(steps)
    _close(torch.autograd.grad((h * h + c).sum(), wanted), expected, 1e-4)


def test_cell_is_an_lstm_at_one_position():
    torch.manual_seed(0)
    cell, lstm = ConvLstmCell(5, 7, kernel_size=1), nn.LSTMCell(5, 7)
    with torch.no_grad():  # both order the gates i, f, cell, o
        lstm.weight_ih.copy_(cell.input.weight.flatten(1))
        lstm.weight_hh.copy_(cell.recurrent.weight.flatten(1))
        lstm.bias_ih.copy_(cell.input.bias)
        lstm.bias_hh.zero_()
    x, h, c = torch.randn(4, 5), torch.randn(4, 7), torch.randn(4, 7)
    ours = cell(x[..., None, None], (h[..., None, None], c[..., None, None]))
    _close([state.flatten(1) for state in ours], lstm(x, (h, c)))


def test_two_halves_equal_the_whole():
    torch.manual_seed(0)
    net = ConvLstm((1, 6, 20), 3, block=4, filters=5)
    x = torch.randn(2, 1, 6, 20)
    _close(net.recur(x[..., 8:], net.recur(x[..., :8])), net.recur(x))


def test_time_steps_are_consecutive_blocks_of_frames():
    net = ConvLstm((1, 3, 8), 2, block=4, filters=2)
    x = torch.randn(2, 1, 3, 8)
    _close(net.recur(x), net.cell(x[..., 4:], net.cell(x[..., :4])))


@pytest.mark.parametrize("with_state", [False, True])
def test_gradcheck(with_state):
    torch.manual_seed(0)
    cell = ConvLstmCell(1, 2).double()
    steps = torch.randn(2, 1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    state = [torch.randn(1, 2, 3, 3, dtype=torch.float64, requires_grad=True) for _ in range(2 * with_state)]

    def run(steps, *tensors):
        return cell.unroll(steps, tensors[:2] if with_state else None)

    assert torch.autograd.gradcheck(run, (steps, *state, *cell.parameters()))


@pytest.mark.parametrize("with_state", [False, True])
def test_bfloat16_autocast_trains(with_state):
    torch.manual_seed(0)
    net = ConvLstm((1, 5, 12), 3, block=4, filters=4)
    x = torch.randn(4, 1, 5, 12)
    state = [torch.randn(4, 4, 5, 4, requires_grad=True) for _ in range(2)] if with_state else None
    exact = net.recur(x, state)
    with torch.autocast("cpu", torch.bfloat16):
        rough = net.recur(x, state)
        net(x).float().square().sum().backward()
    _close([r.float() for r in rough], exact, 0.05)
    sum(r.float().sum() for r in rough).backward()
    assert all(p.grad.isfinite().all() for p in net.parameters())
    if with_state:
        assert all(s.grad.dtype == torch.float32 and s.grad.any() for s in state)


def test_initialisation_is_keras():
    cell = ConvLstmCell(1, 8)
    i, f, c, o = cell.input.bias.detach().view(4, 8)
    assert torch.equal(f, torch.ones(8))
    assert not torch.cat([i, c, o]).any()
    rows = cell.recurrent.weight.detach().flatten(1)
    torch.testing.assert_close(rows @ rows.T, torch.eye(32), atol=1e-5, rtol=0)
    assert cell.input.weight.abs().max() <= (6 / (9 * (1 + 32))) ** 0.5


def test_size_equals_keras():
    # layers.ConvLSTM2D(32, 3) over 8 blocks of 16 × 20, BatchNormalization, Flatten, Dense(128), Dense(10)
    expected = 3 * 3 * (1 + 32) * 128 + 128 + 4 * 32 + (16 * 20 * 32 + 1) * 128 + (128 + 1) * 10
    net = ConvLstm((1, 20, 128), 10)
    moving_statistics = net.norm.running_mean.numel() + net.norm.running_var.numel()  # Keras counts them
    assert sum(p.numel() for p in net.parameters()) + moving_statistics == expected == 1_350_410


@pytest.mark.parametrize(("batch", "n_mfcc", "frames"), [(1, 20, 32), (3, 13, 47), (2, 1, 130)])
def test_shapes_and_gradients(batch, n_mfcc, frames):
    net = ConvLstm((1, n_mfcc, frames), 7, filters=4)
    logits = net(torch.randn(batch, 1, n_mfcc, frames))
    assert logits.shape == (batch, 7)
    logits.logsumexp(1).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_one_block_needs_no_recurrence():
    net = ConvLstm((1, 5, 19), 3, filters=2)
    net(torch.randn(2, 1, 5, 19)).sum().backward()
    assert net.cell.recurrent.weight.grad is None
    assert net.cell.input.weight.grad.any()


def test_frames_beyond_the_last_whole_block_are_dropped():
    net = ConvLstm((1, 4, 10), 2, block=4, filters=2).eval()
    x = torch.randn(2, 1, 4, 10)
    assert torch.equal(net(x), net(x[..., :8]))


def test_less_than_one_block_is_refused():
    with pytest.raises(ValueError, match="at least one block of 16 frames per segment, not 15"):
        ConvLstm((1, 20, 15), 10)


def test_same_seed_same_weights():
    nets = []
    for _ in range(2):
        torch.manual_seed(3)
        nets.append(ConvLstm((1, 5, 16), 2, filters=2).state_dict())
    assert all(torch.equal(nets[0][name], nets[1][name]) for name in nets[0])
