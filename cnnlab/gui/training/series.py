"""A curve that stays cheap to draw however long it gets: buckets that keep the lowest and the highest point."""

from __future__ import annotations

import math

import numpy as np

MOST_BUCKETS = 2000
"""Two points each, so a curve is drawn with at most 4,000 (and the bucket that is being filled)."""

Point = tuple[float, float]


class Series:
    """Points in ascending x. Each bucket covers the same number of points; when there are too many buckets, neighbours
    merge. So every peak of the whole curve stays in sight."""

    def __init__(self) -> None:
        self._lows: list[Point] = []
        self._highs: list[Point] = []
        self._width = 1
        self._filled = 0
        """Points in the last bucket."""
        self.last: Point | None = None

    def __len__(self) -> int:
        return len(self._lows)

    def add(self, x: float, y: float) -> None:
        """One point more; what is not finite is left out."""
        if not math.isfinite(y):
            return
        point = (x, y)
        self.last = point
        if self._filled and self._filled < self._width:
            self._lows[-1] = min(self._lows[-1], point, key=_height)
            self._highs[-1] = max(self._highs[-1], point, key=_height)
            self._filled += 1
            return
        if len(self._lows) >= MOST_BUCKETS:
            self._merge()
        self._lows.append(point)
        self._highs.append(point)
        self._filled = 1

    def _merge(self) -> None:
        pairs = range(0, len(self._lows), 2)
        self._lows = [min(self._lows[i : i + 2], key=_height) for i in pairs]
        self._highs = [max(self._highs[i : i + 2], key=_height) for i in pairs]
        self._width *= 2

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of all points to draw, float64, in ascending x."""
        points: list[Point] = []
        for low, high in zip(self._lows, self._highs, strict=True):
            points += [low] if low == high else sorted((low, high))
        array = np.array(points, dtype=np.float64).reshape(-1, 2)
        return array[:, 0], array[:, 1]

    def nearest(self, x: float) -> Point | None:
        """The point whose x is nearest; None if there is none."""
        xs, ys = self.arrays()
        if not len(xs):
            return None
        index = int(np.abs(xs - x).argmin())
        return float(xs[index]), float(ys[index])


def _height(point: Point) -> float:
    return point[1]
