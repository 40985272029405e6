"""The paper's convolutional LSTM classifier, and the ConvLSTM that PyTorch does not have."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gtzan.models.nets.glorot import glorot_

State = tuple[Tensor, Tensor]


def _gates(pre: Tensor, c: Tensor | None) -> State:
    """The elementwise part of a step: pre-activations of i, f, c and o, and the state ``c``, to ``(h', c')``."""
    # In bfloat16, torch does not vectorise what lies apart: copies are made in less time than they save.
    i, f, candidate, o = (part.contiguous(memory_format=torch.channels_last) for part in pre.chunk(4, dim=1))
    new_c = i.sigmoid() * candidate.tanh()
    if c is not None:
        new_c = new_c + f.sigmoid() * c
    return o.sigmoid() * new_c.tanh(), new_c


class ConvLstmCell(nn.Module):
    """A convolutional LSTM (Shi et al. 2015, arXiv 1506.04214) with the equations of Keras 3's ``ConvLSTM2D``.

    With ``*`` a same-padded convolution of stride 1 and ``∘`` the elementwise product::

        i = σ(W_i * x + U_i * h + b_i)            c' = f ∘ c + i ∘ tanh(W_c * x + U_c * h + b_c)
        f = σ(W_f * x + U_f * h + b_f)            h' = o ∘ tanh(c')
        o = σ(W_o * x + U_o * h + b_o)

    Unlike Shi et al., no peepholes (the gates do not see ``c``). The four gates lie side by side, in Keras' order
    i, f, c, o, in the output channels of one input convolution (with the bias) and one recurrent convolution (without).

    Args:
        in_channels: channels of ``x``.
        filters: channels of the states ``h`` and ``c``.
        kernel_size: of both convolutions, on both axes.
    """

    def __init__(self, in_channels: int, filters: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.filters = filters
        self.input = nn.Conv2d(in_channels, 4 * filters, kernel_size, padding="same")
        self.recurrent = nn.Conv2d(filters, 4 * filters, kernel_size, padding="same", bias=False)
        glorot_(self.input)
        nn.init.orthogonal_(self.recurrent.weight)
        assert self.input.bias is not None
        with torch.no_grad():
            self.input.bias[filters : 2 * filters] = 1.0  # remember by default, as Keras' unit_forget_bias

    def forward(self, x: Tensor, state: State | None = None) -> State:
        """One time step, from ``(h, c)`` (without it, zeros) to the new ``(h, c)``.

        ``x`` is ``(batch, in_channels, height, width)``, ``h`` and ``c`` are ``(batch, filters, height, width)``.
        """
        if state is None:  # nothing to convolve, nothing to forget
            return _gates(self.input(x), None)
        h, c = state
        return _gates(self.recurrent(h) + self.input(x), c)

    def unroll(self, x: Tensor, state: State | None = None) -> State:
        """All steps of ``x``, ``(steps, batch, in_channels, height, width)``, from state to state like ``forward``.

        A sequence may come in pieces: pass the returned state on with the next one.
        """
        # One input convolution over all steps would be a single call, but its output (42 MB for a batch of 32) does not
        # fit the cache: a training step takes 1.1 times as long, and more where malloc gives such blocks back.
        for step in x:
            # A strided step would make the convolution answer in another layout than the recurrent one's.
            state = self(step.contiguous(memory_format=torch.channels_last), state)
        assert state is not None  # there is a step at least
        return state


class ConvLstm(nn.Module):
    """One ConvLSTM over blocks of frames, batch normalisation of its last hidden state, then a dense layer.

    Maps standardised MFCCs ``(batch, 1, n_mfcc, frames)`` to logits ``(batch, n_classes)``. A time step is an image of
    ``n_mfcc`` × ``block`` frames; frames that do not fill a last block are dropped. The default arguments make the
    paper's network.

    Args:
        input_shape: of one example: ``(1, n_mfcc, frames)``.
        block: frames per time step.
        filters: channels of the ConvLSTM's states.
        dropout: before the dense layer and before the logits.

    Raises:
        ValueError: fewer frames than one block.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        n_classes: int,
        block: int = 16,
        filters: int = 32,
        kernel_size: int = 3,
        hidden: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        in_channels, n_mfcc, frames = input_shape
        if frames < block:
            raise ValueError(f"ConvLstm needs at least one block of {block} frames per segment, not {frames} frames.")
        self.block = block
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(filters * n_mfcc * block, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, n_classes),
        )
        glorot_(self)
        self.cell = ConvLstmCell(in_channels, filters, kernel_size)
        self.norm = nn.BatchNorm2d(filters, eps=1e-3)  # Keras' epsilon
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this overload

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.recur(x)
        return self.head(self.norm(h))

    def recur(self, x: Tensor, state: State | None = None) -> State:
        """The ConvLSTM alone, over any number of whole blocks: ``(h, c)``, each ``(batch, filters, n_mfcc, block)``."""
        steps = x.shape[-1] // self.block
        blocks = x[..., : steps * self.block].unflatten(-1, (steps, self.block))
        return self.cell.unroll(blocks.movedim(-2, 0), state)
