"""The sentence that an empty widget shows instead of its content."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from cnnlab.gui.theme import theme


def paint_empty(painter: QPainter, area: QRectF, text: str, size: int = theme.NORMAL) -> None:
    """Write ``text`` muted and centred into ``area``, on as many lines as they need."""
    painter.setPen(QColor(theme.theme().muted))
    painter.setFont(theme.font(size))
    margin = 2 * theme.GRID
    inside = area.adjusted(margin, 0, -margin, 0)
    painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
