"""Distributed data parallel training (DDP) on the GPUs, or on several CPU processes, of one machine."""

import logging

from lightning import Trainer
from lightning.pytorch.strategies import DDPStrategy

from gtzan.experiments.processes.cpu import prepare_cpu, use_threads
from gtzan.experiments.trainer import quiet_lightning


class Processes(DDPStrategy):
    """A DDP strategy whose processes exist only while the model is trained.

    They are spawned. Lightning's default runs the whole script again in each process, which would also evaluate and
    write every file once per process; and a forked copy of a process that has computed hangs in OpenMP.

    Args:
        threads: most CPU threads within an operation in each process; ``None``: torch's default.
    """

    def __init__(self, threads: int | None = None, **arguments) -> None:
        super().__init__(start_method="spawn", **arguments)
        self.threads = threads

    def setup_environment(self) -> None:
        """Set up threads and logging, which a spawned process does not inherit; Lightning calls this first in each."""
        prepare_cpu()
        use_threads(self.threads)
        if self.local_rank == 0:
            logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
        quiet_lightning()
        super().setup_environment()

    def setup(self, trainer: Trainer) -> None:
        """Leave out ``sync_batchnorm`` on CPUs, where torch has none."""
        if self.root_device.type == "cpu":
            self._layer_sync = None
        super().setup(trainer)
