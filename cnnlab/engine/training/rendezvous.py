"""The rendezvous of the processes of one training: a key–value store that only those of the same start share.

``torchrun`` keeps one store over all its restarts, and torch looks in it for the addresses of the other processes: after a
restart it finds those of processes that are gone (seen with torch 2.15). The count of restarts does not tell the starts apart,
because each machine has its own. So the first process gives each start a name, and hears from every other one that it took it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

from torch import distributed as dist

_START_KEY = "cnnlab/start"
_POLL = 0.02
"""Seconds between two looks into the store."""


def meet(rank: int, processes: int, patience: timedelta) -> dist.Store:
    """The store for this start, once all ``processes`` know of it. Raises ``RuntimeError`` or ``TimeoutError`` where they do not
    meet within ``patience``."""
    store, _rank, _processes = next(dist.rendezvous("env://", rank, processes, timeout=patience))
    until = time.monotonic() + patience.total_seconds()
    start = _start_announced(store, processes, until) if rank == 0 else _start_joined(store, rank, until)
    return dist.PrefixStore(start, store)


def _start_announced(store: dist.Store, processes: int, until: float) -> str:
    """A new name, which the first process calls out; each other one answers with a word of its own, and hears that again."""
    start = f"cnnlab/{uuid4().hex}"
    store.set(_START_KEY, start)
    for rank in range(1, processes):
        while not store.check([f"{start}/{rank}"]):
            _wait(until)
        store.set(f"{start}/{rank}/heard", store.get(f"{start}/{rank}").decode())
    return start


def _start_joined(store: dist.Store, rank: int, until: float) -> str:
    """The name that the first process of this start called out: an earlier one never repeats a word that is new."""
    word = uuid4().hex
    while True:
        if store.check([_START_KEY]):
            start = store.get(_START_KEY).decode()
            store.set(f"{start}/{rank}", word)
            heard = f"{start}/{rank}/heard"
            if store.check([heard]) and store.get(heard).decode() == word:
                return start
        _wait(until)


def _wait(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError("the processes did not meet in time")
    time.sleep(_POLL)
