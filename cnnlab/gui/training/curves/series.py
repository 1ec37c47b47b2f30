"""A curve that stays cheap to draw however long it gets: buckets that keep the lowest and the highest point."""

from __future__ import annotations

import math

import numpy as np

MOST_BUCKETS = 1000
"""Two points each, so a curve is drawn with at most 2,000: more than a plot has pixels from left to right."""


class Series:
    """Points in ascending x. Each bucket covers the same number of points; when there are too many buckets, neighbours
    merge. So every peak of the whole curve stays in sight."""

    def __init__(self) -> None:
        self._buckets = np.empty((MOST_BUCKETS, 2, 2))
        """``(bucket, lowest or highest, x or y)``."""
        self._count = 0
        self._width = 1
        self._filled = 0
        """Points in the last bucket."""

    def __len__(self) -> int:
        """How many buckets there are."""
        return self._count

    def add(self, x: float, y: float) -> None:
        """One point more; what is not finite is left out."""
        if not math.isfinite(y):
            return
        if 0 < self._filled < self._width:
            last = self._buckets[self._count - 1]
            if y < last[0, 1]:
                last[0] = x, y
            elif y > last[1, 1]:
                last[1] = x, y
            self._filled += 1
            return
        if self._count == MOST_BUCKETS:
            self._merge()
        self._buckets[self._count] = x, y
        self._count += 1
        self._filled = 1

    def cut(self, x: float) -> None:
        """Forget the points behind ``x``; of a bucket that reaches beyond it, all."""
        self._count = int((self._buckets[: self._count, :, 0].max(1, initial=-math.inf) <= x).sum())
        self._filled = 0

    def _merge(self) -> None:
        pairs = self._buckets.reshape(-1, 4, 2)
        every = np.arange(len(pairs))
        merged = np.stack([pairs[every, pairs[:, :, 1].argmin(1)], pairs[every, pairs[:, :, 1].argmax(1)]], axis=1)
        self._count = len(merged)
        self._buckets[: self._count] = merged
        self._width *= 2

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the points to draw, float64, x ascending; a bucket of one point gives it twice."""
        buckets = self._buckets[: self._count]
        swapped = buckets[:, 0, 0] > buckets[:, 1, 0]
        points = np.where(swapped[:, None, None], buckets[:, ::-1], buckets).reshape(-1, 2)
        return points[:, 0], points[:, 1]
