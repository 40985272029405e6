import time
from threading import Thread

import pytest
import torch

from gtzan.audio.thread_pool import single_threaded_workers


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def threads_of_a_new_thread() -> int:
    found = []
    thread = Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return found[0]


def test_workers_have_one_thread_and_others_keep_theirs(three_threads):
    with single_threaded_workers(2) as pool:
        assert list(pool.map(lambda _: torch.get_num_threads(), range(4))) == [1] * 4
    assert torch.get_num_threads() == 3
    assert threads_of_a_new_thread() == 3


def test_what_is_queued_is_cancelled_when_the_pool_is_left(three_threads):
    with single_threaded_workers(1) as pool:
        futures = [pool.submit(time.sleep, 0.05) for _ in range(50)]
    assert futures[-1].cancelled()
