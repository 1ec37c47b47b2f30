"""Frames around cells and tiles of a sheet."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from cnnlab.gui.theme import theme

_LEAST = 5.0
"""A frame is never smaller than this, so that single pixels can be marked."""


def paint_cell_mark(painter: QPainter, cell: QRectF, colour: QColor) -> None:
    """A thin frame just inside the cell's edge, with a rim that stands out whatever lies beneath."""
    grow = max(0.0, (_LEAST - cell.width()) / 2)
    frame = cell.adjusted(-grow, -grow, grow - 1, grow - 1)
    painter.setPen(QPen(QColor(theme.theme().surface), 1))
    painter.drawRect(frame.adjusted(-1, -1, 1, 1))
    painter.setPen(QPen(colour, 1))
    painter.drawRect(frame)


def paint_tile_mark(painter: QPainter, tile: QRectF) -> None:
    """The accent frame of the selected tile, in the gap around it."""
    painter.setPen(QPen(QColor(theme.theme().accent), 2))
    painter.drawRect(tile.adjusted(-1, -1, 1, 1))
