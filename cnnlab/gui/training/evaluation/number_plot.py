"""Predicted against true numbers, one dot a picture. The nearer to the line, the better."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme.theme import GRID, SMALL, font, signals, theme

_TICKS = 5


class NumberPlot(QWidget):
    """A plot of predicted against true numbers. Both axes have the same range, so that the line of correct answers goes from
    corner to corner."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs: tuple[tuple[float, float], ...] = ()
        self._unit = ""
        self._range = (0.0, 1.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Predicted against true values"))
        signals().changed.connect(self.update)

    def show_pairs(self, pairs: Sequence[tuple[float, float]], unit: str) -> None:
        """Show ``(true, predicted)`` of each picture, in ``unit``."""
        self._pairs = tuple(pairs)
        self._unit = unit
        values = [value for pair in self._pairs for value in pair]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        room = max((high - low) * 0.05, 1e-6)
        self._range = low - room, high + room
        self.update()

    def place(self, true: float, predicted: float) -> QPointF:
        """The point of a picture in the widget, from its two numbers."""
        box, (low, high) = self._box(), self._range
        x, y = ((value - low) / (high - low) for value in (true, predicted))
        return QPointF(box.left() + x * box.width(), box.bottom() - y * box.height())

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SMALL, tabular=True))
        colours, box = theme(), self._box()
        painter.fillRect(box, QColor(colours.surface))
        painter.setPen(QColor(colours.border))
        painter.drawRect(box)
        self._paint_ticks(painter, box)
        low, high = self._range
        painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(self.place(low, low), self.place(high, high))
        colour = QColor(colours.training)
        colour.setAlpha(110)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for pair in self._pairs:
            painter.drawEllipse(self.place(*pair), 2.5, 2.5)
        painter.end()

    def _paint_ticks(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QColor(theme().muted))
        metrics = QFontMetricsF(painter.font())
        middle = Qt.AlignmentFlag.AlignCenter
        for value in round_numbers(*self._range):
            text = f"{value:g}{self._unit}"
            point = self.place(value, value)
            wide = metrics.horizontalAdvance(text) + 4
            painter.drawText(QRectF(point.x() - wide / 2, box.bottom() + 2, wide, metrics.height()), middle, text)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, point.y() - 8, box.left() - 4, 16), right, text)
        below = QRectF(box.left(), box.bottom() + metrics.height(), box.width(), metrics.height() + 4)
        painter.drawText(below, middle, _("true →"))
        painter.drawText(QRectF(box.left(), 0, box.width(), box.top()), Qt.AlignmentFlag.AlignLeft, _("↑ predicted"))

    def _box(self) -> QRectF:
        metrics = QFontMetricsF(font(SMALL))
        left, top, bottom = 6.0 * GRID, metrics.height() + 2, 2 * metrics.height() + 6
        side = max(min(self.width() - left - GRID, (self.height() - top - bottom) * 1.6), 20.0)
        return QRectF(left, top, side, max(self.height() - top - bottom, 20.0))


def round_numbers(low: float, high: float) -> list[float]:
    """Round numbers between ``low`` and ``high``, about ``_TICKS`` of them."""
    raw = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step)
    return [round(step * k, 10) for k in range(first, math.floor(high / step) + 1)]
