"""Lightning's parts for one training on several processes of a machine."""

import logging
from functools import partial

import torch
import torch.distributed as dist
from lightning.pytorch.plugins.layer_sync import LayerSync
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gtzan.experiments.processes.cpu import prepare_cpu, use_threads
from gtzan.experiments.trainer import quiet_lightning


class Processes(DDPStrategy):
    """DDP whose processes are there for the training alone.

    They are spawned. Lightning's default would run the whole script again in each, so that all but the training were
    done, and every file written, by each; and a fork of a process that has computed hangs in OpenMP.

    Args:
        threads: of the CPU within an operation, at most, in each process; ``None``: its share of the cores.
    """

    def __init__(self, threads: int | None = None, **arguments) -> None:
        super().__init__(start_method="spawn", **arguments)
        self.threads = threads

    def setup_environment(self) -> None:
        """Called first in each of the new processes, where nothing is as in the one that made them."""
        prepare_cpu()
        use_threads(self.threads)
        if self.local_rank == 0:
            logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
        quiet_lightning()
        super().setup_environment()


class BatchNormOfAll(LayerSync):
    """Lets batch norm see what all processes have of a batch, on GPUs and, unlike torch's own, on CPUs."""

    def apply(self, model: nn.Module) -> nn.Module:
        for module in model.modules():
            if isinstance(module, _BatchNorm):
                module.forward = partial(_normalise, module)
        return model

    def revert(self, model: nn.Module) -> nn.Module:
        for module in model.modules():
            if isinstance(module, _BatchNorm):
                del module.forward
        return model


class _MeanOfAll(torch.autograd.Function):
    """The mean of a tensor over all processes."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return _mean_of_all(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return _mean_of_all(gradient)


def _mean_of_all(x: Tensor) -> Tensor:
    total = x.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total / dist.get_world_size()


def _normalise(norm: _BatchNorm, x: Tensor) -> Tensor:
    """What ``norm`` makes of ``x`` ``(batch, channels, …)``, of which every process has equally much."""
    if not norm.training:
        return type(norm).forward(norm, x)
    others = [d for d in range(x.dim()) if d != 1]
    wide = [1, -1, *(1 for _ in others[1:])]
    centred = x.float()
    mean = _MeanOfAll.apply(centred.mean(others))
    centred = centred - mean.view(wide)
    variance = _MeanOfAll.apply(centred.square().mean(others))
    with torch.no_grad():
        n = dist.get_world_size() * x.numel() / x.shape[1]
        norm.num_batches_tracked += 1
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(variance * n / (n - 1), norm.momentum)
    scale = norm.weight * torch.rsqrt(variance + norm.eps)
    return (centred * scale.view(wide) + norm.bias.view(wide)).to(x.dtype)
