"""Threads that share the cores out among files, with one inner thread of torch's each."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def single_threaded_workers(number: int | None) -> Iterator[ThreadPoolExecutor]:
    """A pool whose threads compute on one core each; what is still queued when it is left is cancelled.

    Torch takes the number that a thread sets for that of all threads that start later, so that the old one is set
    again at the end.

    Args:
        number: of threads; ``None`` for concurrent.futures' own choice.
    """
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(number, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, do not go through the rest
        torch.set_num_threads(threads)
