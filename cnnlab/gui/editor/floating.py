"""What floats over the canvas keeps inside of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QWidget

MARGIN = 8


def room(widget: QWidget) -> QSize:
    """The size of what ``widget`` floats over."""
    parent = widget.parentWidget()
    return parent.size() if parent is not None else QSize()


def put(widget: QWidget, corner: QPoint) -> None:
    """Move ``widget`` there, or as near as its whole size allows."""
    widget.move(_inside(widget, corner))


def put_beside(widget: QWidget, thing: QRect, away: int, others: Sequence[QRect]) -> None:
    """Move ``widget`` where it covers nothing of ``thing`` and least of the ``others``: rather below than above, rather
    there than at a side. It keeps ``away`` from ``thing``, and twice as much at a side."""
    width, height = widget.width(), widget.height()
    below, above = thing.bottom() + away, thing.top() - away - height
    right, left = thing.right() + 2 * away, thing.left() - 2 * away - width
    across = (thing.center().x() - width // 2, thing.left(), thing.right() - width)
    down = (thing.center().y() - height // 2, thing.top(), thing.bottom() - height)
    places = [(x, y) for y in (below, above) for x in across] + [(x, y) for x in (right, left) for y in down]
    areas = [QRect(_inside(widget, QPoint(*place)), widget.size()) for place in places]
    best = min(areas, key=lambda area: (_covered(area, [thing]), _covered(area, others)))
    widget.move(best.topLeft())


def _inside(widget: QWidget, corner: QPoint) -> QPoint:
    free = room(widget) - widget.size()
    x = min(max(corner.x(), MARGIN), max(MARGIN, free.width() - MARGIN))
    y = min(max(corner.y(), MARGIN), max(MARGIN, free.height() - MARGIN))
    return QPoint(x, y)


def _covered(area: QRect, things: Sequence[QRect]) -> int:
    """The area that is covered, in square pixels."""
    parts = [area.intersected(thing) for thing in things]
    return sum(part.width() * part.height() for part in parts if not part.isEmpty())


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
