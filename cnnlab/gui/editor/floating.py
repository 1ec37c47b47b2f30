"""What floats over the canvas keeps inside of it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QApplication, QWidget

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


def holds_focus(widget: QWidget) -> bool:
    """Whether no other widget has the focus, so that it is free to go elsewhere when ``widget`` closes."""
    focus = QApplication.focusWidget()
    return focus is None or focus is widget or widget.isAncestorOf(focus)


def dismiss(widget: QWidget) -> bool:
    """Hide and delete ``widget``; returns whether the focus is free, as ``holds_focus`` saw it before."""
    free = holds_focus(widget)
    widget.hide()
    widget.deleteLater()
    return free
