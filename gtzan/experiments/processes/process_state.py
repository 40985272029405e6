"""Run a program's function inside a process that continues afterwards, such as a notebook's."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from gtzan.experiments.processes.exits import INTERRUPTED, interruption


@contextmanager
def restored_process_state(cfg: DictConfig) -> Iterator[None]:
    """Run a training as Hydra would, and leave signal handlers, Hydra's state and torch's threads as they were.

    Ctrl-C, or *Interrupt* in a notebook, is a ``KeyboardInterrupt`` again: Lightning makes a ``SystemExit`` of it.

    Args:
        cfg: the configuration with Hydra's own node.
    """
    import torch

    threads = torch.get_num_threads()
    hydra_config = HydraConfig.instance().cfg
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.getsignal(number) for number in numbers}
    HydraConfig.instance().set_config(cfg)
    try:
        yield
    except SystemExit as error:
        if interruption(error) != INTERRUPTED:
            raise
        raise KeyboardInterrupt from error
    finally:
        HydraConfig.instance().cfg = hydra_config
        torch.set_num_threads(threads)
        for number, handler in handlers.items():
            signal.signal(number, handler)
