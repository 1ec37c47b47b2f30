"""What the network thinks it sees: one bar a class."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import percent
from cnnlab.gui.theme import theme

_MIN_ROW = 20.0
_LARGEST_ROW = 28.0
_LONGEST_LABEL = 0.4
"""Share of the width; longer names of classes are cut with an ellipsis."""
_WIDEST = "100.0 %"
_NOTHING = "–"


class PredictionBars(QAbstractScrollArea):
    """Label, bar and percentage of every class, in the order of the classes; it scrolls when there are too many."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._probabilities: Sequence[float] | None = None
        self._longest_label = self._number_width = 0.0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(int(_MIN_ROW))
        self.setAccessibleName(_("Prediction"))
        theme.signals().changed.connect(self._on_theme_changed)

    def set_probabilities(self, probabilities: Sequence[float] | None, classes: Sequence[str]) -> None:
        """Show one probability (0 … 1) a class; None shows the classes and no prediction.

        Raises ``ValueError`` if the lengths differ.
        """
        if probabilities is not None and len(probabilities) != len(classes):
            raise ValueError(f"{len(probabilities)} probabilities for {len(classes)} classes")
        self._probabilities = None if probabilities is None else [float(probability) for probability in probabilities]
        if tuple(classes) != self._classes:
            self._classes = tuple(classes)
            self._measure()
        self.setAccessibleDescription(self._description())
        self._update_scroll_range()
        self.viewport().update()

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the rows."""
        return self._classes

    @property
    def winner(self) -> int | None:
        """Index of the class with the highest probability; None without a prediction."""
        known = [(p, -i) for i, p in enumerate(self._probabilities or ()) if not math.isnan(p)]
        return -max(known)[1] if known else None

    def bar_rect(self, row: int) -> QRectF:
        """Where the track of a row's bar lies in the viewport; a probability of 1 fills it."""
        middle = self._row_rect(row)
        left = self._label_width() + theme.GRID
        right = self._number_width + theme.GRID
        thick = min(12.0, middle.height() - theme.GRID)
        return QRectF(left, middle.center().y() - thick / 2, max(0.0, middle.width() - left - right), thick)

    def sizeHint(self) -> QSize:
        return QSize(300, max(10, len(self._classes)) * 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, int(4 * _MIN_ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fonts = [theme.font(bold=bold, tabular=True) for bold in (False, True)]
        winner = self.winner
        for row in range(len(self._classes)):
            if self._row_rect(row).intersects(QRectF(event.rect())):
                self._paint_row(painter, row, fonts[row == winner], row == winner)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._update_scroll_range()

    def _paint_row(self, painter: QPainter, row: int, font: QFont, wins: bool) -> None:
        colours = theme.theme()
        probability = self._probabilities[row] if self._probabilities is not None else None
        rect, track = self._row_rect(row), self.bar_rect(row)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if wins else colours.muted))
        label = QFontMetricsF(font).elidedText(self._classes[row], Qt.TextElideMode.ElideRight, self._label_width())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            QRectF(0, rect.y(), self._label_width(), rect.height()), Qt.AlignmentFlag.AlignRight | middle, label
        )
        text = _NOTHING if probability is None else percent(probability)
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | middle, text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(track, 2, 2)
        if probability is not None and probability > 0:
            # Clipped from the track's shape, so that a sliver keeps the corners.
            painter.setClipRect(QRectF(track.x(), track.y(), track.width() * min(probability, 1.0), track.height()))
            painter.setBrush(QColor(colours.accent if wins else colours.disabled))
            painter.drawRoundedRect(track, 2, 2)
            painter.setClipping(False)

    def _row_height(self) -> float:
        room = self.viewport().height() / max(1, len(self._classes))
        return min(max(room, _MIN_ROW), _LARGEST_ROW)

    def _row_rect(self, row: int) -> QRectF:
        height = self._row_height()
        return QRectF(0, row * height - self.verticalScrollBar().value(), self.viewport().width(), height)

    def _label_width(self) -> float:
        return min(self._longest_label, _LONGEST_LABEL * self.viewport().width())

    def _measure(self) -> None:
        metrics = QFontMetricsF(theme.font(theme.NORMAL, bold=True, tabular=True))
        self._longest_label = math.ceil(max((metrics.horizontalAdvance(name) for name in self._classes), default=0.0))
        self._number_width = metrics.horizontalAdvance(_WIDEST)

    def _update_scroll_range(self) -> None:
        beyond = len(self._classes) * self._row_height() - self.viewport().height()
        self.verticalScrollBar().setRange(0, max(0, math.ceil(beyond)))
        self.verticalScrollBar().setPageStep(self.viewport().height())

    def _description(self) -> str:
        winner = self.winner
        if winner is None or self._probabilities is None:
            return _("No prediction yet")
        return _(
            "Most likely {name}, {percent}",
            name=self._classes[winner],
            percent=percent(self._probabilities[winner]),
        )

    def _on_theme_changed(self) -> None:
        self.viewport().update()
