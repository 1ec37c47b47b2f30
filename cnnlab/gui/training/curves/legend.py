"""What the colours of the curves stand for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme.theme import GRID, SMALL, font, signals, theme

_LINE = 12
"""Pixels of the line before a name."""
_GAP = 2 * GRID
"""Around a name: half a step of the grid before it, the rest behind it."""


_ROWS = 2
_ROW = 2 * GRID
_MIN_WIDTH = 3 * GRID


class CurvesLegend(QWidget):
    """The legend of the curves: one row of entries, or two where they do not fit into one; names that do not fit then are cut,
    the longest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[tuple[str, str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        signals().changed.connect(self.update)

    def show_entries(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Show entries, each a colour (``#RRGGBB``, or the name of one of the theme's), a kind (``line``, ``dot`` or ``ring``)
        and a name."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        text = ", ".join(name for _colour, _kind, name in entries)
        self.setAccessibleName(_("Curves: {names}", names=text) if text else "")
        self.setToolTip("\n".join(name for _colour, _kind, name in entries))
        self.updateGeometry()
        self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the entries, in their order."""
        return tuple(name for _colour, _kind, name in self._entries)

    def sizeHint(self) -> QSize:
        rows = self._rows()
        return QSize(round(sum(map(sum, rows))), min(len(rows), _ROWS) * _ROW + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._entries:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SMALL))
        metrics = QFontMetricsF(font(SMALL))
        entries, rows = iter(self._entries), self._rows()
        top = (self.height() - len(rows) * _ROW) / 2
        for number, widths in enumerate(rows):
            left, middle = 0.0, top + (number + 0.5) * _ROW
            for width in widths:
                colour, kind, name = next(entries)
                room = width - _LINE - _GAP
                self._paint_sign(
                    painter, QPointF(left + _LINE / 2, middle), QColor(getattr(theme(), colour, colour)), kind
                )
                painter.setPen(QColor(theme().muted))
                text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
                box = QRectF(left + _LINE + GRID / 2, middle - _ROW / 2, room, _ROW)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
                left += width
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()  # it may be as high as two rows now, or as one again

    def _rows(self) -> list[list[float]]:
        """How wide each entry is, row by row."""
        metrics = QFontMetricsF(font(SMALL))
        names = [metrics.horizontalAdvance(name) + 1 for name in self.names]
        maximum = max(names, default=0.0)
        while True:
            rows = _flow([_LINE + _GAP + min(name, maximum) for name in names], self.width() + _GAP)
            if len(rows) <= _ROWS or maximum <= _MIN_WIDTH:
                return rows
            maximum -= GRID

    def _paint_sign(self, painter: QPainter, middle: QPointF, colour: QColor, kind: str) -> None:
        if kind == "line":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(middle - QPointF(_LINE / 2, 0), middle + QPointF(_LINE / 2, 0))
        else:
            painter.setPen(QPen(colour, 2) if kind == "ring" else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if kind == "ring" else colour)
            painter.drawEllipse(middle, 4.5 if kind == "ring" else 3.5, 4.5 if kind == "ring" else 3.5)


def _flow(widths: Sequence[float], room: float) -> list[list[float]]:
    """The widths in rows that are no wider than ``room``, unless one alone is."""
    rows: list[list[float]] = [[]]
    for width in widths:
        if rows[-1] and sum(rows[-1]) + width > room:
            rows.append([])
        rows[-1].append(width)
    return rows
