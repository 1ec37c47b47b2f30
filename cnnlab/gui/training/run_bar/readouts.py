"""Numbers of the run bar, each with a small caption and in a fixed width, and the line that shows its progress."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import NOTHING, percent
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.theme import GRID, NORMAL, SMALL, signals, theme


class Readout(QWidget):
    """A number of the run bar: ``caption`` over a value that may be as wide as ``widest`` without moving its neighbours."""

    def __init__(self, caption: str, widest: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = caption
        self._value = TextLabel(NOTHING, size=NORMAL, tabular=True, wrap=False)
        title = TextLabel(caption, size=SMALL, colour="muted", wrap=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addStretch()
        column.addWidget(title)
        column.addWidget(self._value)
        column.addStretch()
        self.setToolTip(tip)
        wide = max(self._value.fontMetrics().horizontalAdvance(widest), title.sizeHint().width())
        self.setFixedWidth(wide + GRID // 2)
        # A label of fixed size announces no new text. Otherwise the whole window would be laid out again for each figure.
        self._value.setFixedSize(wide + GRID // 2, self._value.sizeHint().height())
        self.show_value(NOTHING)

    @property
    def value(self) -> str:
        """The number that is shown, as text."""
        return self._value.text()

    def show_value(self, value: str) -> None:
        """Show another number."""
        self._value.setText(value)
        self.setAccessibleName(f"{self._caption}: {value}")


class ProgressLine(QWidget):
    """A thin line that fills from left to right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Progress of the run"))
        signals().changed.connect(self.update)

    @property
    def share(self) -> float:
        """The filled part, 0…1."""
        return self._share

    def set_share(self, share: float) -> None:
        """Fill this part, 0…1."""
        if share != self._share:
            self._share = share
            self.setAccessibleDescription(percent(share, 0))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colours, radius = theme(), self.height() / 2
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            painter.setBrush(QColor(colours.accent))
            width = max(self.width() * min(self._share, 1.0), self.height())
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
