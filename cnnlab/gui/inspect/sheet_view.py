"""Which part of a sheet of cells a widget shows, and how large: plain geometry, in logical pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

MAX_CELL = 96.0
"""No cell is drawn larger than this; three digits fit well before."""

Size = tuple[float, float]
"""Height and width, like an array's shape."""


@dataclass(frozen=True)
class SheetView:
    """A sheet drawn at ``scale`` pixels per cell, its top left corner at (``left``, ``top``) of the widget."""

    scale: float
    left: float
    top: float

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell under a point; may lie off the sheet."""
        return math.floor((y - self.top) / self.scale), math.floor((x - self.left) / self.scale)

    def corner(self, row: float, column: float) -> tuple[float, float]:
        """x and y of a cell's top left corner."""
        return self.left + column * self.scale, self.top + row * self.scale


def fitted(sheet: Size, area: Size) -> SheetView:
    """The whole sheet in the middle of the area, as large as it goes."""
    return held(SheetView(_crisp(min(area[0] / sheet[0], area[1] / sheet[1])), 0.0, 0.0), sheet, area)


def zoomed(view: SheetView, factor: float, x: float, y: float, sheet: Size, area: Size) -> SheetView:
    """The ``view`` larger by ``factor``, the point (``x``, ``y``) staying where it is; never smaller than fitted."""
    minimum = fitted(sheet, area).scale
    scale = view.scale * factor
    if scale >= 3:
        scale = math.ceil(scale) if factor > 1 else math.floor(scale)
    scale = min(max(scale, minimum), max(MAX_CELL, minimum))
    left = x - (x - view.left) * scale / view.scale
    top = y - (y - view.top) * scale / view.scale
    return held(SheetView(scale, left, top), sheet, area)


def moved(view: SheetView, right: float, down: float, sheet: Size, area: Size) -> SheetView:
    """``view`` with the sheet pushed by so many pixels, as far as it may go."""
    return held(replace(view, left=view.left + right, top=view.top + down), sheet, area)


def showing(view: SheetView, row: int, column: int, sheet: Size, area: Size) -> SheetView:
    """``view`` pushed just so far that a cell lies inside the area."""
    x, y = view.corner(row, column)
    right = max(0.0, -x) + min(0.0, area[1] - x - view.scale)
    down = max(0.0, -y) + min(0.0, area[0] - y - view.scale)
    return moved(view, right, down, sheet, area)


def held(view: SheetView, sheet: Size, area: Size) -> SheetView:
    """``view`` on whole pixels, centred where the sheet is smaller than the area, else without a margin inside it."""
    return replace(
        view, left=_held(view.left, sheet[1] * view.scale, area[1]), top=_held(view.top, sheet[0] * view.scale, area[0])
    )


def _held(start: float, length: float, room: float) -> float:
    if length <= room:
        return float(math.floor((room - length) / 2))
    return float(round(min(0.0, max(room - length, start))))


def _crisp(scale: float) -> float:
    """Whole pixels a cell, unless that would give away more than a quarter of the size."""
    whole = math.floor(scale)
    return min(float(whole) if whole >= 0.75 * scale else scale, MAX_CELL)
