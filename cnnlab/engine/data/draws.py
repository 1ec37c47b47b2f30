"""Random numbers as functions of what they are for: nothing is kept from one to the next, so neither the batches, nor the
processes that share them, nor the device have a say in what is drawn. So the order of an epoch, the seed of everything else that a
run draws, and the numbers by which each picture is varied.

torch's and numpy's own generators give the numbers of a sequence. One for each picture would have to be set up anew, which
took longer than all else that is done to it; here those of a whole batch come at once.

The generator is SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with the
constants of Vigna's ``splitmix64.c``. All of it is whole numbers, the same on every device.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

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


# Unsigned 64-bit constants as torch's signed ones; both multiply alike, modulo 2⁶⁴.
_GOLDEN = 0x9E3779B97F4A7C15 - 2**64
_FIRST = 0xBF58476D1CE4E5B9 - 2**64
_SECOND = 0x94D049BB133111EB - 2**64


def keys(seed: int, epoch: int, indices: Tensor) -> Tensor:
    """One key for each picture of an epoch, by its index in the training set: int64 ``(n,)`` to int64 ``(n,)``."""
    return bits(torch.tensor([mixed(seed, "augmentation", epoch)]), indices)[0]


def bits(keys: Tensor, numbers: Tensor) -> Tensor:
    """64 random bits for each of ``keys`` int64 ``(n,)`` and each of ``numbers`` int64 ``(k,)``: int64 ``(n, k)``.

    The numbers of one key are those that SplitMix64 draws one after another, from 0."""
    state = keys[:, None] + (numbers + 1) * _GOLDEN
    # Shifted right, a negative number draws ones in from the left: they are masked out.
    state = (state ^ (state >> 30 & 2**34 - 1)).mul_(_FIRST)
    state ^= state >> 27 & 2**37 - 1
    state *= _SECOND
    return state ^ (state >> 31 & 2**33 - 1)


def uniform(keys: Tensor, count: int) -> Tensor:
    """The first ``count`` numbers of each key, even in [0, 1): float32 ``(n, count)``, multiples of 2⁻²⁴."""
    drawn = bits(keys, torch.arange(count, device=keys.device))
    return (drawn >> 40 & 2**24 - 1).to(torch.float32).mul_(2**-24)


def normal(keys: Tensor, first: int, count: int) -> Tensor:
    """``count`` numbers for each key from a normal distribution (0, 1): float32 ``(n, count)``, drawn with four of them
    from each of the key's numbers from ``first`` on.

    Each is one of 65,536 values that are equally likely, within ±4.2, and looked up: a formula with a logarithm and a
    cosine may round otherwise elsewhere in a batch, and on another device."""
    drawn = bits(keys, torch.arange(first, first + -(-count // 4), device=keys.device))
    places = drawn.view(torch.int16).to(torch.int32)[:, :count].add_(2**15)
    return _normal_values(str(keys.device)).index_select(0, places.flatten()).view(-1, count)


@lru_cache(maxsize=2)
def _normal_values(device: str) -> Tensor:
    """The middles, by probability, of 65,536 equally likely parts of the normal distribution, in ascending order."""
    # Whoever asks first may be in inference mode, whose tensors training could not use.
    with torch.inference_mode(False):
        parts = (torch.arange(2**16, dtype=torch.float64) + 0.5) / 2**16
        return torch.special.ndtri(parts).to(torch.float32).to(device)
