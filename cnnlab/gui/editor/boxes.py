"""Rectangles found by where they lie, in plain numbers: a thousand of them are asked for at every edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from PySide6.QtCore import QRectF

from cnnlab.gui.editor.geometry import PITCH

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in canvas units."""

K = TypeVar("K")


def box_of(rect: QRectF) -> Box:
    """A ``QRectF`` as a ``Box``."""
    return rect.left(), rect.top(), rect.right(), rect.bottom()


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class Boxes(Generic[K]):
    """Boxes, each under a key; a key may have several."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[K, Box]]] = {}

    def put(self, key: K, box: Box) -> None:
        """Add a box under ``key``."""
        for cell in _cells(box):
            self._cells.setdefault(cell, []).append((key, box))

    def take(self, key: K, box: Box) -> None:
        """Remove a box that was put under ``key``."""
        for cell in _cells(box):
            self._cells[cell].remove((key, box))

    def meeting(self, area: Box) -> Iterator[tuple[K, Box]]:
        """The boxes that share more than an edge with ``area``, with their keys; one that is large may come several times."""
        cells = self._cells
        for cell in _cells(area):
            for each in cells.get(cell, ()):
                if meet(each[1], area):
                    yield each


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (
        int(box[0] // PITCH[0]),
        int(box[1] // PITCH[1]),
        int(box[2] // PITCH[0]),
        int(box[3] // PITCH[1]),
    )
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            yield x, y
