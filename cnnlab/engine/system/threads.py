"""How many of the processor's threads torch's arithmetic takes.

torch keeps the number for each thread that calls it apart, and each has a pool of its own (OpenMP's). As soon as all pools
together are larger than the processor, OpenMP lets their threads sleep between two operations, and a training takes twice as
long. So whatever computes beside a training has to keep to one."""

from __future__ import annotations

import torch


def keep_to(count: int) -> None:
    """Let torch compute with ``count`` threads in the calling thread, whatever other threads set before or after."""
    # Asking first: a thread that has not computed yet takes over the number that any thread was given last, also if it has been
    # given one itself.
    torch.get_num_threads()
    torch.set_num_threads(count)
