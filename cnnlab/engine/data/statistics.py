"""What to normalise with: mean and standard deviation that suit a set of training pictures."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Literal

import torch
from torch import Tensor

from cnnlab.engine.data.picture_sets import Pictures, PictureSet
from cnnlab.engine.data.preparation import in_channels
from cnnlab.engine.system.processor import result_of

Way = Literal["unit", "minmax", "zscore"]
"""``unit``: black is 0 and white 1. ``minmax``: a channel's darkest value is −1 and its brightest 1. ``zscore``: every channel
has mean 0 and standard deviation 1."""

MeanAndStd = tuple[tuple[float, ...], tuple[float, ...]]
"""Means and standard deviations, one for all channels or one for each."""

_VALUES = 2**20
"""Counted in one step, of pictures in memory: some 20 ms. Those on the disk are read one by one."""


def of(pictures: Pictures, channels: int, way: Way) -> MeanAndStd:
    """Mean and standard deviation for ``Preprocessing`` that normalise ``pictures``, the training split, in the given way:
    one for all channels for ``unit``, otherwise one for each of the ``channels`` that the network reads. A channel that is the same
    everywhere is only moved.

    Raises ``DataError`` for a picture that is gone or damaged, and ``PreparationError`` where the channels cannot be made to
    fit."""
    return result_of(measuring(pictures, channels, way))


def measuring(pictures: Pictures, channels: int, way: Way) -> Generator[int, None, MeanAndStd]:
    """Mean and standard deviation that normalise ``pictures`` in a ``way`` (see ``of``), in steps that yield how many were read."""
    if way == "unit":
        return (0.0,), (1.0,)
    counts = yield from _counts(pictures, channels)
    values = torch.arange(256, dtype=torch.float64) / 255
    numbers = [_middle_and_reach(count, values) if way == "minmax" else _moments(count, values) for count in counts]
    return tuple(mean for mean, _ in numbers), tuple(std or 1.0 for _, std in numbers)


def _counts(pictures: Pictures, channels: int) -> Generator[int, None, Tensor]:
    """How often each channel has each of the 256 values: int64 ``(channels, 256)``. Whole numbers, so that the result does
    not depend on how the pictures are read."""
    counts = torch.zeros(channels, 256, dtype=torch.int64)
    in_memory = isinstance(pictures, PictureSet)
    together = max(1, _VALUES // math.prod(pictures.shape)) if in_memory else 1
    for start in range(0, len(pictures), together):
        stop = min(start + together, len(pictures))
        pixels = in_channels(pictures.read(range(start, stop)), channels)
        for channel in range(channels):
            values = pixels[:, channel].round().flatten().to(torch.int64)
            counts[channel] += values.bincount(minlength=256)
        yield stop
    return counts


def _moments(count: Tensor, values: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of a channel."""
    frequencies = count / count.sum().clamp(min=1)
    mean = (frequencies * values).sum()
    return mean.item(), (frequencies * (values - mean) ** 2).sum().sqrt().item()


def _middle_and_reach(count: Tensor, values: Tensor) -> tuple[float, float]:
    """The middle between the darkest and the brightest value of a channel, and how far they lie from it."""
    present = values[count > 0]
    if not len(present):
        return 0.0, 0.0
    low, high = present[0].item(), present[-1].item()
    return (low + high) / 2, (high - low) / 2
