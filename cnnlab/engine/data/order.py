"""In which order an epoch goes through the training pictures, and seeds for everything else that a run draws at random."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def permutation(count: int, seed: int, epoch: int, shuffle: bool = True) -> Tensor:
    """The order in which an epoch goes through ``count`` training pictures: int64 ``(count,)``, a function of the
    arguments alone; without ``shuffle``, the order in which the data set holds them."""
    if not shuffle:
        return torch.arange(count)
    return torch.randperm(count, generator=torch.Generator().manual_seed(mixed(seed, "order", epoch)))


def mixed(seed: int, purpose: str, number: int) -> int:
    """A seed in 0…2⁶³ − 1 for one purpose and one epoch or step, unrelated to its neighbours."""
    return seed_for(f"{seed}/{purpose}/{number}")


def seed_for(name: str) -> int:
    """A seed in 0…2⁶³ − 1, unrelated to that of any other name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1
