from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from torch import distributed as dist

from cnnlab.engine.training import rendezvous


def start(store: dist.Store, processes: int) -> set[str]:
    """The names that all processes of a start take it to have; the first one comes last."""
    until = time.monotonic() + 30
    with ThreadPoolExecutor(processes) as pool:
        others = [pool.submit(rendezvous._start_joined, store, rank, until) for rank in range(1, processes)]
        first = pool.submit(rendezvous._start_announced, store, processes, until)
        return {first.result(), *(other.result() for other in others)}


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_each_start_on_the_same_store_has_one_name_of_its_own(processes: int) -> None:
    store = dist.HashStore()
    names = [start(store, processes) for _again in range(3)]
    assert [len(name) for name in names] == [1, 1, 1]
    assert len(set().union(*names)) == 3


def test_who_is_alone_gives_up_in_time() -> None:
    for wait in (
        lambda store: rendezvous._start_joined(store, 1, 0.0),
        lambda store: rendezvous._start_announced(store, 2, 0.0),
    ):
        with pytest.raises(TimeoutError):
            wait(dist.HashStore())
