"""The confusion matrix: which class is taken for which, as squares of colour."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.gui.theme.theme import GRID, SMALL, font, signals, theme

_MIN_NAMED_SIDE = 7.0
"""Height of a row that can still carry names; with less there are none."""
_MAX_NAME_WIDTH = 64.0
"""Pixels for names at most."""


class ConfusionMap(QWidget):
    """The confusion matrix. Rows are the true classes, columns the predicted ones; a cell is the stronger, the larger its part
    of its row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._names: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Confusion matrix"))
        signals().changed.connect(self.update)

    def show_counts(self, counts: Sequence[Sequence[int]], names: Sequence[str]) -> None:
        """Show ``counts[true][predicted]``, numbers of pictures, with the names of the classes."""
        self._counts = tuple(tuple(row) for row in counts)
        self._names = tuple(names)
        self.setAccessibleDescription(self._worst())
        self.update()

    def cell(self, true: int, predicted: int) -> QRectF:
        """The square of one cell, in pixels of the widget."""
        left, top, side = self._frame()
        return QRectF(left + predicted * side, top + true * side, side, side)

    def sizeHint(self) -> QSize:
        return QSize(220, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        count = len(self._counts)
        if not count:
            return
        painter = QPainter(self)
        painter.setFont(font(SMALL, tabular=True))
        left, top, side = self._frame()
        colours = theme().sequential
        gap = 1.0 if side >= 4 else 0.0
        for true, row in enumerate(self._counts):
            total = max(sum(row), 1)
            for predicted, number in enumerate(row):
                share = number / total
                box = self.cell(true, predicted)
                painter.fillRect(box.adjusted(0, 0, -gap, -gap), QColor(colours[round(255 * share)] & 0xFFFFFF))
                self._paint_number(painter, box, number, share)
        self._paint_names(painter, left, top, side)
        painter.end()

    def _paint_number(self, painter: QPainter, box: QRectF, number: int, share: float) -> None:
        """How many pictures a cell stands for, where there is room."""
        metrics = QFontMetricsF(painter.font())
        text = str(number)
        if not number or metrics.horizontalAdvance(text) > box.width() - 2 or metrics.height() > box.height():
            return
        strong = share > 0.5
        painter.setPen(QColor(theme().surface if strong else theme().text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter, left: float, top: float, side: float) -> None:
        painter.setPen(QColor(theme().muted))
        metrics = QFontMetricsF(painter.font())
        middle = Qt.AlignmentFlag.AlignVCenter
        for index, name in enumerate(self._names if side >= _MIN_NAMED_SIDE else ()):
            if side >= metrics.height() - 2 or index % 2 == 0:
                text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - GRID / 2)
                box = QRectF(0, top + index * side, left - GRID / 2, side)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle | Qt.TextFlag.TextDontClip, text)
        size = len(self._counts) * side
        painter.drawText(QRectF(left, 0, size, top), Qt.AlignmentFlag.AlignLeft | middle, _("predicted →"))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _text_at(self, place: QPointF) -> str:
        left, top, side = self._frame()
        column, row = int((place.x() - left) // side), int((place.y() - top) // side)
        if not (0 <= row < len(self._counts) and 0 <= column < len(self._counts)):
            return ""
        number = self._counts[row][column]
        return _("{count} pictures of {true} were predicted as {predicted}",
                 count=whole(number), true=self._names[row], predicted=self._names[column])  # fmt: skip

    def _worst(self) -> str:
        """The most frequent mistake, in words."""
        size = range(len(self._counts))
        mistakes = [(self._counts[i][j], i, j) for i in size for j in size if i != j and self._counts[i][j]]
        if not mistakes:
            return _("No mistakes")
        number, true, predicted = max(mistakes)
        return _("Most frequent mistake: {true} predicted as {predicted}, {count} pictures",
                 true=self._names[true], predicted=self._names[predicted], count=whole(number))  # fmt: skip

    def _frame(self) -> tuple[float, float, float]:
        """Left and top of the first cell, and the side of each, in pixels."""
        metrics = QFontMetricsF(font(SMALL))
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
        left, top = min(widest, _MAX_NAME_WIDTH) + GRID, metrics.height() + 2
        count = max(len(self._counts), 1)
        return left, top, max(min((self.width() - left) / count, (self.height() - top) / count, 48.0), 0.5)
