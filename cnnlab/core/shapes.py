"""Sizes without the batch axis, and how they are written: ``(C, H, W)`` as ``32 × 26 × 26``, ``(F,)`` as ``128``."""

from __future__ import annotations

Shape = tuple[int, ...]

MAPS = 3
"""The rank of pictures and feature maps, ``(C, H, W)``."""
VALUES = 1
"""The rank of a plain list of values, ``(F,)``."""


def show(shape: Shape) -> str:
    """``32 × 26 × 26``."""
    return " × ".join(map(str, shape))
