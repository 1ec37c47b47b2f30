"""What floats over the canvas keeps inside of it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QWidget

MARGIN = 8


def room(widget: QWidget) -> QSize:
    """The size of what ``widget`` floats over."""
    parent = widget.parentWidget()
    return parent.size() if parent is not None else QSize()


def put(widget: QWidget, corner: QPoint) -> None:
    """Move ``widget`` there, or as near as its whole size allows."""
    free = room(widget) - widget.size()
    x = min(max(corner.x(), MARGIN), max(MARGIN, free.width() - MARGIN))
    y = min(max(corner.y(), MARGIN), max(MARGIN, free.height() - MARGIN))
    widget.move(x, y)
