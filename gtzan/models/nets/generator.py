"""A conditional variational autoencoder of MFCC sequences, with or without an LSTM layer."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GENRE = 32  # dimensions of a genre's embedding
MIN_LOG_STD, MAX_LOG_STD = -7.0, 4.0  # keeps exponentials finite while training is wild


class Gaussian(NamedTuple):
    """Independent normal distributions, ``mean`` and ``log_std`` of one shape."""

    mean: Tensor
    log_std: Tensor

    @classmethod
    def of(cls, parameters: Tensor) -> Self:
        """Of a layer's output: means in the first half of the last axis, logarithms of deviations in the second."""
        mean, log_std = parameters.chunk(2, dim=-1)
        return cls(mean, log_std.clamp(MIN_LOG_STD, MAX_LOG_STD))

    def sample(self, noise: Tensor) -> Tensor:
        """Standard normal ``noise`` turned into draws, differentiably (Kingma & Welling 2014, arXiv 1312.6114)."""
        return self.mean + self.log_std.exp() * noise

    def kl(self, prior: "Gaussian") -> Tensor:
        """Kullback-Leibler divergence from ``prior``, in nats, elementwise."""
        ratio = self.log_std - prior.log_std
        distance = (self.mean - prior.mean) / prior.log_std.exp()
        return 0.5 * ((2 * ratio).exp() + distance.square() - 1) - ratio


class Reconstruction(NamedTuple):
    """A batch of segments as a generator's net brings them back, and what its training loss is made of.

    Attributes:
        x: ``(batch, n_mfcc, frames)``, standardised.
        terms: of the loss, ``(batch,)`` each, by the names of their weights.
        kl: ``(batch,)``, nats that the latents tell beyond their priors; ``None`` for a net without latents.
    """

    x: Tensor
    terms: dict[str, Tensor]
    kl: Tensor | None = None


class Noise(NamedTuple):
    """Standard normal numbers that a sample is a function of.

    Attributes:
        style: ``(batch, style)``.
        steps: ``(batch, steps, latent)``.
        texture: ``(batch, n_mfcc, steps * stride)``.
    """

    style: Tensor
    steps: Tensor
    texture: Tensor


class Cvae(nn.Module):
    """Genre and latents → MFCC sequence (Sohn et al. 2015), for sequences of any length.

    A sequence has one latent ``style`` (what stays: instruments, loudness, key) and a latent for each *step* of
    ``stride`` frames (what happens). The priors are learned: the style's depends on the genre alone; a step's on genre,
    style and, through an LSTM, on all steps before it (Chung et al. 2015, arXiv 1506.02216). Without the LSTM layer,
    the steps are drawn one regardless of the other. The decoder is convolutional, so that a long sample has no joints.
    It gives the mean of what may be heard; samples add the :class:`Texture` around it.

    Args:
        input_shape: of one example: ``(1, n_mfcc, frames)``.
        n_classes: number of genres.
        stride: frames in a step.
        width: channels of encoder and decoder.
        style, latent: dimensions of the style and of each step's latent.
        lstm: hidden units of the LSTM layer; ``None`` leaves the layer out.

    Raises:
        ValueError: numbers that make no network.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        n_classes: int,
        stride: int = 4,
        width: int = 192,
        style: int = 16,
        latent: int = 32,
        lstm: int | None = None,
    ) -> None:
        super().__init__()
        _, n_mfcc, _ = input_shape
        if stride % 2 or min(width, stride, style, latent) < 1:
            raise ValueError(
                f"stride={stride} must be even, and width={width}, style={style} and latent={latent} at least 1."
            )
        self.stride, self.style, self.latent, self.n_mfcc = stride, style, latent, n_mfcc
        self.genre = nn.Embedding(n_classes, GENRE)
        condition = GENRE + style
        patches = nn.Conv1d(n_mfcc, width, 2 * stride, stride, padding=stride // 2)
        self.encoder = nn.Sequential(patches, Residual(width), Residual(width), nn.SiLU())
        self.style_posterior = nn.Linear(2 * width + GENRE, 2 * style)
        self.style_prior = nn.Embedding(n_classes, 2 * style)
        nn.init.zeros_(self.style_prior.weight)
        self.step_posterior = nn.Linear(width + condition, 2 * latent)
        self.lstm = nn.LSTM(latent + condition, lstm, batch_first=True) if lstm else None
        self.step_prior = nn.Sequential(
            nn.Linear((lstm or 0) + condition, width), nn.SiLU(), nn.Linear(width, 2 * latent)
        )
        self.decoder = nn.Sequential(
            nn.Conv1d(latent + condition, width, 3, padding="same"),
            Residual(width),
            Residual(width),
            nn.SiLU(),
            # A transposed convolution would be sharper and jitter at the steps' rate, which a judge hears.
            nn.Upsample(scale_factor=stride, mode="linear"),
            nn.Conv1d(width, n_mfcc, 5, padding="same"),
        )
        self.texture = Texture(latent + condition, n_mfcc, width, stride)

    def forward(self, x: Tensor, y: Tensor, noisy: bool = True) -> Reconstruction:
        """Autoencode standardised MFCCs ``x`` ``(batch, n_mfcc, frames)`` of genres ``y`` ``(batch,)``.

        Without noise, the latents are their posteriors' means, and the result is a function of ``x`` and ``y``. The
        terms are the divergences of style and steps from their priors and the surprise at the texture, in nats per
        value of a segment, so that their weights do not depend on its length.
        """
        frames = x.shape[-1]
        h = self.encoder(F.pad(x, (0, -frames % self.stride), mode="replicate")).transpose(1, 2)
        genre = self.genre(y)
        summary = torch.cat([h.mean(dim=1), h.std(dim=1, correction=0), genre], dim=1)
        style = Gaussian.of(self.style_posterior(summary))
        condition = torch.cat([genre, _draw(style, noisy)], dim=1)
        steps = Gaussian.of(self.step_posterior(_beside(h, condition)))
        z = _draw(steps, noisy)
        before = F.pad(z, (0, 0, 1, 0))[:, :-1]
        prior, _ = self._prior(before, condition)
        reconstructed = self._decode(_beside(z, condition))[..., :frames]
        kl_style = style.kl(Gaussian.of(self.style_prior(y))).sum(dim=1)
        kl_steps = steps.kl(prior).sum(dim=(1, 2))
        # Detached: it describes what is left, and has no say in what that is. But the style may learn of it.
        texture = self.texture.surprise((x - reconstructed).detach(), _beside(z, condition))
        size = x[0].numel()
        terms = {"kl_style": kl_style / size, "kl_steps": kl_steps / size, "texture": texture}
        return Reconstruction(reconstructed, terms, kl_style + kl_steps)

    def noise(self, generators: Sequence[torch.Generator], frames: int) -> Noise:
        """What :meth:`sample` takes for as many samples as there are generators, each drawn from its own."""
        steps = -(-frames // self.stride)
        shapes = (self.style,), (steps, self.latent), (self.n_mfcc, steps * self.stride)
        return Noise(*standard_normal(generators, shapes))

    def sample(self, y: Tensor, noise: Noise, temperature: float = 1.0) -> Tensor:
        """New standardised MFCCs ``(batch, n_mfcc, steps * stride)`` of genres ``y`` ``(batch,)``.

        Args:
            y: genre numbers.
            noise: of :meth:`noise`.
            temperature: of the latents: below 1 for typical, above 1 for surprising samples.
        """
        style = Gaussian.of(self.style_prior(y)).sample(temperature * noise.style)
        condition = torch.cat([self.genre(y), style], dim=1)
        z, state, steps = torch.zeros_like(noise.steps[:, :1]), None, []
        for step in noise.steps.split(1, dim=1):
            prior, state = self._prior(z, condition, state)
            z = prior.sample(temperature * step)
            steps.append(z)
        context = _beside(torch.cat(steps, dim=1), condition)
        return self._decode(context) + self.texture(noise.texture, context)

    def _prior(self, before: Tensor, condition: Tensor, state=None) -> tuple[Gaussian, tuple | None]:
        """Of steps ``(batch, steps, latent)`` that come after ``before``, and the LSTM's state after them."""
        if self.lstm is None:
            context = condition[:, None].expand(-1, before.shape[1], -1)
        else:
            h, state = self.lstm(_beside(before, condition), state)
            context = _beside(h, condition)
        return Gaussian.of(self.step_prior(context)), state

    def _decode(self, context: Tensor) -> Tensor:
        return self.decoder(context.transpose(1, 2))


class Texture(nn.Module):
    """What the decoder cannot foresee, as noise: an autoregression of order 1 for each coefficient.

    A mean of all that could be is smoother than anything that is: without this noise, a classifier takes metal for
    rock. White noise is no better, because what is missing lasts: frames overlap, and so do notes. How loud the noise
    is and how long it lasts follow from the step's context, because a cymbal leaves more open than a flute.

    Args:
        width: of a step's context.
        n_mfcc: coefficients.
        hidden: units between them.
        stride: frames in a step.
    """

    def __init__(self, width: int, n_mfcc: int, hidden: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, 2 * n_mfcc))

    def describe(self, context: Tensor, frames: int) -> tuple[Tensor, Tensor]:
        """Logarithm of the deviation, and correlation of neighbouring frames, both ``(batch, n_mfcc, frames)``, for a
        context ``(batch, steps, width)``."""
        log_std, memory = self.layers(context).transpose(1, 2).chunk(2, dim=1)
        stretched = (
            part.repeat_interleave(self.stride, dim=2)[..., :frames]
            for part in (log_std.clamp(MIN_LOG_STD, MAX_LOG_STD), 0.98 * memory.sigmoid())
        )
        return tuple(stretched)

    def surprise(self, residual: Tensor, context: Tensor) -> Tensor:
        """Negative log-likelihood of residuals ``(batch, n_mfcc, frames)``, nats per value, ``(batch,)``."""
        log_std, memory = self.describe(context, residual.shape[2])
        scaled = residual / log_std.exp()
        expected = memory * torch.cat([torch.zeros_like(scaled[..., :1]), scaled[..., :-1]], dim=2)
        variance = 1 - memory.square()
        variance = torch.cat([torch.ones_like(variance[..., :1]), variance[..., 1:]], dim=2)
        nats = log_std + 0.5 * (variance.log() + (scaled - expected).square() / variance)
        return nats.mean(dim=(1, 2))

    def forward(self, noise: Tensor, context: Tensor) -> Tensor:
        """Residuals from white ``noise`` ``(batch, n_mfcc, frames)``."""
        log_std, memory = self.describe(context, noise.shape[2])
        innovation = (1 - memory.square()).sqrt()
        frames = [noise[..., 0]]
        for white, kept, new in zip(noise.unbind(2)[1:], memory.unbind(2)[1:], innovation.unbind(2)[1:], strict=True):
            frames.append(kept * frames[-1] + new * white)
        return torch.stack(frames, dim=2) * log_std.exp()


class Residual(nn.Module):
    """Two convolutions over time, added to their input ``(batch, width, steps)``.

    No normalisation: over time, it would make a long sample another than a short one.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.SiLU(),
            nn.Conv1d(width, width, 3, padding="same"),
            nn.SiLU(),
            nn.Conv1d(width, width, 3, padding="same"),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def standard_normal(generators: Sequence[torch.Generator], shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """A tensor ``(batch, *shape)`` for each shape, its rows each from a generator of its own."""
    drawn = [[torch.randn(shape, generator=generator) for shape in shapes] for generator in generators]
    return [torch.stack(draws) for draws in zip(*drawn, strict=True)]


def _beside(sequence: Tensor, condition: Tensor) -> Tensor:
    """Each step of ``(batch, steps, a)`` with ``(batch, b)`` behind it."""
    return torch.cat([sequence, condition[:, None].expand(-1, sequence.shape[1], -1)], dim=2)


def _draw(distribution: Gaussian, noisy: bool) -> Tensor:
    return distribution.sample(torch.randn_like(distribution.mean)) if noisy else distribution.mean
