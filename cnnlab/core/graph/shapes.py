"""Sizes without the batch axis, and how they are written: ``(C, H, W)`` as ``32 × 26 × 26``, ``(F,)`` as ``128``."""

from __future__ import annotations

Shape = tuple[int, ...]

MAPS = 3
"""The rank of pictures and feature maps, ``(C, H, W)``."""
VALUES = 1
"""The rank of a plain list of values, ``(F,)``."""


def channels(inputs: tuple[Shape, ...]) -> int:
    """``C`` of the first input."""
    return inputs[0][0]


def features(inputs: tuple[Shape, ...]) -> int:
    """The size of the first input's last axis."""
    return inputs[0][-1]


def last_axis(inputs: tuple[Shape, ...]) -> int:
    """The number of the first input's last axis, counted from the batch axis 0."""
    return len(inputs[0])


def show(shape: Shape) -> str:
    """``32 × 26 × 26``."""
    return " × ".join(map(str, shape))
