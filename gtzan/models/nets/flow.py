"""Conditional flow matching on MFCC sequences: from noise to music of a genre along straight lines."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gtzan.models.nets.generator import Reconstruction, standard_normal

HALFWAY = 0.5  # between noise and music: from there, segments are restored where a reconstruction is asked for
TIME_MEAN, TIME_STD = 0.0, 1.0  # of the logits of training's times; nearer to the noise, details are never learned
NEAREST = 0.05  # to the music: no error is divided by less
FREQUENCIES = 32  # of the embedding of the time along the flow
JOINT = 16  # frames, a third of a second, in which a continuation passes over from what is known
JOINED = 0.25  # of the flow, after which these are no longer imposed
STRETCH = 1024  # patches that a long sample passes through the net at once
JITTER = 1e-3  # added to the styles' covariances: a genre of few tracks has singular ones


class Noise(NamedTuple):
    """Standard normal numbers that a sample is a function of.

    Attributes:
        style: ``(batch, style)``.
        x: ``(batch, n_mfcc, frames)``, where the flow starts.
    """

    style: Tensor
    x: Tensor


class Given(NamedTuple):
    """Music that a sample is a variation or a continuation of.

    Attributes:
        x: standardised MFCCs ``(batch, n_mfcc, frames)``, with as many frames as the sample.
        strength: how far the sample goes back towards noise before it follows the flow: 0 for a copy, 1 for a new piece
            that has the music's style alone (Meng et al. 2022, arXiv 2108.01073).
        known: the first frames, which the sample keeps (imposed at each step: Lugmayr et al. 2022, arXiv 2201.09865),
            but for the last 16 of them, in which it passes over to what follows.
    """

    x: Tensor
    strength: float = 1.0
    known: int = 0


class Flow(nn.Module):
    """Carries noise to standardised MFCC sequences of a genre, of any length.

    Trained by conditional flow matching on straight lines (Lipman et al. 2023, arXiv 2210.02747; the "rectified flow"
    of Liu et al. 2023, arXiv 2209.03003): at a point ``(1 − t)·noise + t·music``, the velocity is ``music − noise``.
    The net foresees the music, from which the velocity follows, because music has fewer degrees of freedom than noise
    and passes through a net narrower than a patch, which noise does not (Li & He 2025, arXiv 2511.13720). Samples
    follow the velocities from t = 0 to 1 in Euler steps. Both are conditioned on the genre and on the *style*, the
    mean over time of the first coefficients, which holds a long sample together; it is drawn from a normal distribution
    of the genre's training segments. Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598) goes further away
    from what music of any genre would do.

    The noise has one deviation in all mel bands, that of the music on average, so that what is coarse emerges before
    what is fine. The net is a residual one of dilated convolutions over patches of frames, then over frames, which see
    the noisy frames again: patches alone make stairs, with steps at their borders. It is without attention or
    normalisation over time, so that a long sample has no joints.

    Args:
        input_shape: of one example: ``(1, n_mfcc, frames)``.
        n_classes: number of genres.
        patch: frames that are one step of the convolutions.
        width: channels.
        blocks: residual blocks; their dilations are 1, 2 and 4 in turns.
        style: coefficients in the style; all, where there are fewer.
        steps: of Euler, for a sample.
        guidance: 1 follows the genre's velocities, more exaggerates what distinguishes them.
        unconditional: the share of the training segments whose genre and style are withheld.

    Raises:
        ValueError: numbers that make no network.
    """

    scale: Tensor
    style_mean: Tensor
    style_root: Tensor
    frequencies: Tensor

    def __init__(
        self,
        input_shape: Sequence[int],
        n_classes: int,
        patch: int = 4,
        width: int = 256,
        blocks: int = 6,
        style: int = 20,
        steps: int = 16,
        guidance: float = 1.5,
        unconditional: float = 0.1,
    ) -> None:
        super().__init__()
        _, n_mfcc, _ = input_shape
        if min(patch, width, blocks, style, steps) < 1:
            raise ValueError(
                f"patch={patch}, width={width}, blocks={blocks}, style={style} and steps={steps} must be at least 1."
            )
        style = min(style, n_mfcc)
        self.patch, self.style, self.n_mfcc, self.n_classes = patch, style, n_mfcc, n_classes
        self.steps, self.guidance, self.unconditional = steps, float(guidance), float(unconditional)
        self.register_buffer("scale", torch.ones(n_mfcc, 1))
        self.register_buffer("style_mean", torch.zeros(n_classes, style))
        self.register_buffer("style_root", torch.eye(style).repeat(n_classes, 1, 1))
        self.register_buffer("frequencies", torch.logspace(0, 3, FREQUENCIES), persistent=False)
        self.genre = nn.Embedding(n_classes + 1, width)  # the last one: of any genre
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.styles = nn.Linear(style, width)
        self.enter = nn.Conv1d(n_mfcc, width, patch, patch)
        dilations = [2 ** (i % 3) for i in range(blocks)]
        self.blocks = nn.ModuleList(Block(width, dilation) for dilation in dilations)
        self.frames = nn.Conv1d(n_mfcc, width, 1)
        self.spread = nn.ConvTranspose1d(width, width, patch, patch)
        self.detail = Block(width, 1)
        self.leave = nn.Conv1d(width, n_mfcc, 3, padding=1)
        # Frames to either side, in whole patches, that a frame depends on: all blocks', and three more of what follows.
        self.reach = patch * (sum(dilation + 1 for dilation in dilations) + 3)
        nn.init.zeros_(self.leave.weight)  # its first guess is the mean of all music

    @torch.no_grad()
    def fit(self, std: Tensor, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Set what follows from the training segments alone: the noise's level, and the styles of each genre.

        Args:
            std: ``(n_mfcc, 1)``, the deviations that MFCCs in dB were divided by.
            batches: standardised segments ``(batch, n_mfcc, frames)`` and their genres ``(batch,)``.
        """
        self.scale.copy_(std / std.square().mean().sqrt())
        styles, genres = zip(*((self._style(x), y) for x, y in batches), strict=True)
        style, genre = torch.cat(styles).double(), torch.cat(genres)
        for number in genre.unique():
            own = style[genre == number]
            covariance = own.T.cov(correction=0) + JITTER * torch.eye(self.style, dtype=own.dtype, device=own.device)
            self.style_mean[number] = own.mean(dim=0)
            self.style_root[number] = torch.linalg.cholesky(covariance)

    def forward(self, x: Tensor, y: Tensor, noisy: bool = True) -> Reconstruction:
        """Restore standardised MFCCs ``x`` ``(batch, n_mfcc, frames)`` of genres ``y`` ``(batch,)`` from noise.

        With ``noisy``, each segment is met at a random time of its flow, as in training; without, all are met halfway
        and with the same noise, so that the result is a function of ``x`` and ``y``. The term ``velocity`` is the mean
        squared error of the velocity, in units of the noise's variance.
        """
        frames = x.shape[-1]
        style = self._style(x)
        music = F.pad(x * self.scale, (0, -frames % self.patch), mode="replicate")
        if noisy:
            noise = torch.randn_like(music)
            t = (TIME_MEAN + TIME_STD * torch.randn(len(x), device=x.device)).sigmoid()
            kept = torch.rand(len(x), device=x.device) >= self.unconditional
        else:
            fixed = torch.randn(music.shape[1:], generator=torch.Generator().manual_seed(0))
            noise = fixed.to(music).expand_as(music)
            t = torch.full((len(x),), HALFWAY, device=x.device)
            kept = torch.ones(len(x), dtype=torch.bool, device=x.device)
        at = t[:, None, None]
        point = (1 - at) * noise + at * music
        genre = self.genre(torch.where(kept, y, self.n_classes))
        foreseen = self.foresee(point, t, genre, style * kept[:, None])
        error = ((foreseen - music) / (1 - at).clamp(min=NEAREST))[..., :frames]
        return Reconstruction(foreseen[..., :frames] / self.scale, {"velocity": error.square().mean(dim=(1, 2))})

    def foresee(self, x: Tensor, t: Tensor, genre: Tensor, style: Tensor) -> Tensor:
        """The music that points ``x`` ``(batch, n_mfcc, frames)``, frames in whole patches, come from.

        Args:
            x: standardised MFCCs times ``scale``, mixed with noise.
            t: ``(batch,)``, 0 at the noise, 1 at the music.
            genre: ``(batch, width)``, of the embedding ``genre``, whose last row is any genre.
            style: ``(batch, style)``; zeros for any.
        """
        angle = t[:, None] * self.frequencies
        condition = self.time(torch.cat([angle.cos(), angle.sin()], dim=1)) + genre + self.styles(style)
        h = self.enter(x)
        for block in self.blocks:
            h = block(h, condition)
        h = self.detail(self.frames(x) + self.spread(_normalised(h)), condition)
        return self.leave(_normalised(h)).float()

    def _foresee_in_stretches(self, x: Tensor, t: Tensor, genre: Tensor, style: Tensor) -> Tensor:
        """The same for a sample of any length, of which the net sees a part at a time, as no frame depends on those
        far away."""
        parts = []
        for start in range(0, x.shape[-1], STRETCH * self.patch):
            low, stop = max(0, start - self.reach), start + STRETCH * self.patch
            part = self.foresee(x[..., low : stop + self.reach], t, genre, style)
            parts.append(part[..., start - low : stop - low])
        return torch.cat(parts, dim=-1)

    def noise(self, generators: Sequence[torch.Generator], frames: int) -> Noise:
        """What :meth:`sample` takes for as many samples as there are generators, each drawn from its own."""
        shapes = (self.style,), (self.n_mfcc, -(-frames // self.patch) * self.patch)
        return Noise(*standard_normal(generators, shapes))

    def sample(self, y: Tensor, noise: Noise, temperature: float = 1.0, given: Given | None = None) -> Tensor:
        """New standardised MFCCs ``(batch, n_mfcc, frames)``, frames in whole patches.

        Args:
            y: genre numbers ``(batch,)``, or of a blend the share of each genre ``(batch, n_classes)``.
            noise: of :meth:`noise`.
            temperature: of the styles: below 1 for typical, above 1 for surprising samples.
            given: what to begin with, whose style it has, instead of one that is drawn.
        """
        shares = F.one_hot(y, self.n_classes).to(noise.x) if y.ndim == 1 else y
        genre, any_genre = shares @ self.genre.weight[:-1], self.genre.weight[-1].expand(len(shares), -1)
        if given is None:
            root = torch.einsum("bg,gij->bij", shares, self.style_root)
            style = shares @ self.style_mean + temperature * torch.einsum("bij,bj->bi", root, noise.style)
            return self._follow(noise.x, genre, any_genre, style, self.steps) / self.scale
        known = given.known or given.x.shape[-1]
        music = F.pad(given.x * self.scale, (0, noise.x.shape[-1] - given.x.shape[-1]), mode="replicate")
        style, steps = self._style(given.x[..., :known]), round(given.strength * self.steps)
        t = 1 - steps / self.steps
        start = (1 - t) * noise.x + t * music
        kept = (noise.x, music, given.known) if given.known else None
        return self._follow(start, genre, any_genre, style, steps, kept) / self.scale

    def _follow(
        self,
        x: Tensor,
        genre: Tensor,
        any_genre: Tensor,
        style: Tensor,
        steps: int,
        kept: tuple[Tensor, Tensor, int] | None = None,
    ) -> Tensor:
        """The end of the flow through ``x``, which is that many of ``self.steps`` steps away.

        Args:
            x: ``(batch, n_mfcc, frames)``.
            genre, any_genre, style: what it is to be, and no condition.
            steps: 0 returns ``x``.
            kept: noise, music, and how many of their first frames are known to be where that line passes.
        """
        for step in range(steps):
            t = 1 - (steps - step) / self.steps
            if kept:
                noise, music, known = kept
                imposed = known if t < JOINED else max(0, known - JOINT)  # so that both sides of the joint agree
                x = torch.cat([((1 - t) * noise + t * music)[..., :imposed], x[..., imposed:]], dim=-1)
            at = torch.full((len(x),), t, device=x.device)
            end = self._foresee_in_stretches(x, at, genre, style)
            if self.guidance != 1:
                unguided = self._foresee_in_stretches(x, at, any_genre, torch.zeros_like(style))
                end = unguided + self.guidance * (end - unguided)
            x = x + (end - x) / (steps - step)
        if kept:
            _, music, known = kept
            fade = ((known - torch.arange(x.shape[-1], device=x.device)) / JOINT).clamp(0, 1)
            x = fade * music + (1 - fade) * x
        return x

    def _style(self, x: Tensor) -> Tensor:
        """The style ``(batch, style)`` of standardised MFCCs ``(batch, n_mfcc, frames)``."""
        return x[:, : self.style].mean(dim=2)


class Block(nn.Module):
    """Two convolutions over time, added to their input ``(batch, width, steps)``, and steered by a condition
    ``(batch, width)``: its scale, shift and gate begin as those that change nothing (Peebles & Xie 2023, arXiv
    2212.09748)."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.condition = nn.Linear(width, 3 * width)
        nn.init.zeros_(self.condition.weight)
        nn.init.zeros_(self.condition.bias)
        self.first = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv1d(width, width, 3, padding=1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift, gate = self.condition(F.silu(condition))[:, :, None].chunk(3, dim=1)
        h = _normalised(x) * (1 + scale) + shift
        return x + (1 + gate) * self.second(F.silu(self.first(h)))


def _normalised(x: Tensor) -> Tensor:
    """Each step of ``(batch, width, steps)`` with mean 0 and deviation 1 over its channels."""
    return F.layer_norm(x.transpose(1, 2), x.shape[1:2]).transpose(1, 2)
