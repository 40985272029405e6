"""MusiCNN: a convolutional net that was trained to tag the Million Song Dataset.

J. Pons, X. Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging", ISMIR late-breaking
session, 2019. Code and weights are under the ISC licence and travel in the package ``musicnn``, of which the weights
alone are read: the package itself needs a TensorFlow of 2019.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gtzan.audio._torchaudio import torchaudio
from gtzan.audio.encoders.musicnn_weights import verified_weights
from gtzan.audio.encoders.tensorflow_checkpoint import read_tensors
from gtzan.audio.settings import columns_of, encoder_settings

N_FFT, HOP, N_MELS = 512, 256, 96
PATCH = 187  # frames of the spectrogram that the net sees at once: 3 s
EPS = 1e-3
KERNELS = ((7, 38), (7, 67), (128, 1), (64, 1), (32, 1))  # (frames, bands) of the first layer: timbre, then rhythm
BATCH = 8  # patches encoded at once
HELD = 128  # batches of which the embeddings are given at once: 51 minutes, 7 MB


class Musicnn(nn.Module):
    """The net, for patches of log-mel spectrograms: ``(batch, frames, 96)``.

    Timbral and temporal filters over the spectrogram, whose maximum over frequency is taken; three convolutions over
    time with residual connections; mean and maximum over time; two dense layers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.input_norm = _norm(nn.BatchNorm2d, 1)
        widths = [204, 204, 51, 51, 51]
        self.front = nn.ModuleList(nn.Conv2d(1, n, kernel) for n, kernel in zip(widths, KERNELS, strict=True))
        self.front_norms = nn.ModuleList(_norm(nn.BatchNorm2d, n) for n in widths)
        self.middle = nn.ModuleList(nn.Conv1d(n, 64, 7, padding=3) for n in (sum(widths), 64, 64))
        self.middle_norms = nn.ModuleList(_norm(nn.BatchNorm1d, 64) for _ in range(3))
        pooled = 2 * (sum(widths) + 3 * 64)
        self.pool_norm = _norm(nn.BatchNorm1d, pooled)
        self.dense, self.dense_norm = nn.Linear(pooled, 200), _norm(nn.BatchNorm1d, 200)
        self.tags = nn.Linear(200, 50)
        self.front.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch does not declare it
        self.eval().requires_grad_(False)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Maximum ``(batch, 753)`` and mean ``(batch, 753)`` over time, penultimate layer ``(batch, 200)``, and the
        logits of 50 tags ``(batch, 50)``."""
        x = self.input_norm(patches[:, None]).contiguous(memory_format=torch.channels_last)  # faster on CPUs
        maps = []
        for convolution, norm, (frames, _) in zip(self.front, self.front_norms, KERNELS, strict=True):
            padded = F.pad(x, (0, 0, (frames - 1) // 2, frames // 2))
            maps.append(norm(convolution(padded).relu()).amax(dim=3))
        x = torch.cat(maps, dim=1)
        maps = [x]
        for convolution, norm in zip(self.middle, self.middle_norms, strict=True):
            x = norm(convolution(x).relu()) + (x if len(maps) > 1 else 0)
            maps.append(x)
        x = torch.cat(maps, dim=1)
        largest, mean = x.amax(dim=2), x.mean(dim=2)
        pooled = torch.stack([largest, mean], dim=2).flatten(1)
        penultimate = self.dense_norm(self.dense(self.pool_norm(pooled)).relu())
        return largest, mean, penultimate, self.tags(penultimate)

    def load(self, tensors: dict[str, np.ndarray]) -> None:
        """Take weights by TensorFlow's names, which number layers in the order of their making.

        Raises:
            KeyError, RuntimeError: they are another net's.
        """
        convolutions, dense = [*self.front, *self.middle], [self.dense, self.tags]
        norms = [self.input_norm, *self.front_norms, *self.middle_norms, self.pool_norm, self.dense_norm]
        for layers, name in ((convolutions, "conv2d"), (dense, "dense")):
            for number, layer in enumerate(layers):
                prefix = f"{name}_{number}" if number else name
                kernel = torch.tensor(tensors[f"{prefix}/kernel"])
                axes = (3, 2, 0, 1) if layer in [*self.front] else (3, 1, 0, 2) if name == "conv2d" else (1, 0)
                layer.weight.copy_(kernel.permute(axes).reshape(layer.weight.shape))
                layer.bias.copy_(torch.tensor(tensors[f"{prefix}/bias"]))
        names = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
        for number, layer in enumerate(norms):
            prefix = f"batch_normalization_{number}" if number else "batch_normalization"
            for own, theirs in names.items():
                getattr(layer, own).copy_(torch.tensor(tensors[f"{prefix}/{theirs}"]))


class MusicnnEncoder(nn.Module):
    """Maps waveforms ``(batch, samples)`` at 16 kHz to embeddings ``(batch, rows, 1706)``, one for each 3 s.

    An embedding is maximum and mean over time of all feature maps and the penultimate layer. As the feature extractor's
    frames, ``1 + samples // hop_length`` rows are centred on multiples of the hop; the first and the last passage are
    moved into the audio, and audio shorter than a passage is repeated.

    Attributes:
        settings: what a feature store and a checkpoint remember of it.
        names: one for each column.
        columns: the one feature, ``embedding``.

    Raises:
        UserError: the weights are not installed, or are not the published ones.
    """

    window: Tensor
    mel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.settings = encoder_settings("musicnn")
        self.names = [f"embedding_{number}" for number in range(1, self.settings["width"] + 1)]
        self.columns = columns_of(self.settings)
        self.net = Musicnn()
        self.net.load(read_tensors(verified_weights()))
        self.register_buffer("window", torch.hann_window(N_FFT))
        rate = self.settings["sample_rate"]
        mel = torchaudio.functional.melscale_fbanks(
            N_FFT // 2 + 1, 0.0, rate / 2, N_MELS, rate, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("mel", mel)

    @torch.no_grad()
    def forward(self, waveform: Tensor) -> Tensor:
        return torch.stack([torch.cat(list(self._rows([clip]))) for clip in waveform])

    def of_stream(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Embeddings ``(rows, 1706)`` of one clip that comes in blocks ``(samples,)``; memory does not grow with it."""
        rows = self._rows(torch.from_numpy(block).to(self.mel.device) for block in blocks)
        with torch.inference_mode():
            while held := list(islice(rows, HELD)):
                yield torch.cat(held).cpu().numpy()

    def log_mel(self, blocks: Iterable[Tensor]) -> Tensor:
        """The spectrogram that the net sees, ``log10(1 + 10⁴ · mel power)``: ``(frames, 96)``."""
        return torch.cat(list(self._log_mel_pieces(blocks)))

    def _rows(self, blocks: Iterable[Tensor]) -> Iterator[Tensor]:
        """Embeddings of a clip, a few at a time."""
        step = self.settings["hop_length"] // HOP
        frames, first = self.mel.new_empty(0, N_MELS), 0  # the frames in memory, and the number of their first
        row, waiting = 0, list[Tensor]()
        for new in self._log_mel_pieces(blocks):
            frames = torch.cat([frames, new])
            while (start := max(0, row * step - PATCH // 2) - first) + PATCH <= len(frames):
                waiting.append(frames[start : start + PATCH])
                row += 1
                if len(waiting) == BATCH:
                    yield self._embedding(waiting)
                    waiting = []
            kept = max(PATCH, len(frames) - max(0, start))  # the last passage may reach back
            first += max(0, len(frames) - kept)
            frames = frames[-kept:]
        if row <= (first + len(frames) - 1) // step:  # of the last row, or the only one
            waiting.append(frames.repeat(-(-PATCH // len(frames)), 1)[-PATCH:] if row == 0 else frames[-PATCH:])
        if waiting:
            yield self._embedding(waiting)

    def _embedding(self, patches: list[Tensor]) -> Tensor:
        largest, mean, penultimate, _ = self.net(torch.stack(patches))
        return torch.cat([largest, mean, penultimate], dim=1)

    def _log_mel_pieces(self, blocks: Iterable[Tensor]) -> Iterator[Tensor]:
        """The spectrogram in pieces, with silence beyond both ends of the clip."""
        waveform = self.window.new_zeros(N_FFT // 2)
        ended = self.window.new_zeros(N_FFT // 2)
        for block in chain(blocks, [ended]):
            waveform = torch.cat([waveform, block.float()])
            if len(waveform) < N_FFT:
                continue
            frames = waveform.unfold(0, N_FFT, HOP)
            power = torch.fft.rfft(frames * self.window).abs().square()
            yield (1e4 * (power @ self.mel) + 1).log10()
            waveform = waveform[len(frames) * HOP :]


def _norm(kind: type[nn.Module], width: int) -> nn.Module:
    return kind(width, eps=EPS)
