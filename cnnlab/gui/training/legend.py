"""What the colours of the curves stand for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme import GRID, SMALL, font, signals, theme

_LINE = 12
"""Pixels of the line before a name."""
_GAP = 2 * GRID
"""Around a name: half a step of the grid before it, the rest behind it."""


class Legend(QWidget):
    """One row of entries; names that do not fit are cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[tuple[str, str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        signals().changed.connect(self.update)

    def show_entries(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Each is a colour (``#RRGGBB``, or the name of one of the theme's), a kind (``line``, ``dot`` or ``ring``) and a
        name."""
        self._entries = tuple(entries)
        words = ", ".join(name for _colour, _kind, name in entries)
        self.setAccessibleName(_("Curves: {names}", names=words) if words else "")
        self.setToolTip("\n".join(name for _colour, _kind, name in entries))
        self.updateGeometry()
        self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """What is named."""
        return tuple(name for _colour, _kind, name in self._entries)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(font(SMALL))
        width = sum(_LINE + _GAP + metrics.horizontalAdvance(name) for name in self.names)
        return QSize(round(width), 2 * GRID + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._entries:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SMALL))
        metrics = QFontMetricsF(font(SMALL))
        least = self.width() / len(self._entries)
        fits = self.sizeHint().width() <= self.width()
        left = 0.0
        for colour, kind, name in self._entries:
            room = metrics.horizontalAdvance(name) + 1 if fits else least - _LINE - _GAP
            self._paint_sign(painter, left, QColor(getattr(theme(), colour, colour)), kind)
            painter.setPen(QColor(theme().muted))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            box = QRectF(left + _LINE + GRID / 2, 0, room, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            left += _LINE + _GAP + room - 1
        painter.end()

    def _paint_sign(self, painter: QPainter, left: float, colour: QColor, kind: str) -> None:
        middle = QPointF(left + _LINE / 2, self.height() / 2)
        if kind == "line":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(middle - QPointF(_LINE / 2, 0), middle + QPointF(_LINE / 2, 0))
        else:
            painter.setPen(QPen(colour, 2) if kind == "ring" else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if kind == "ring" else colour)
            painter.drawEllipse(middle, 4.5 if kind == "ring" else 3.5, 4.5 if kind == "ring" else 3.5)
