"""Which colour stands for which family of layers in the drawing above."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.catalog.spec import Family
from cnnlab.core.messages import text as _
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.families import FAMILY_TITLES

_SQUARE = theme.GRID


class Legend(QWidget):
    """One line: a square in the colour of each family, and its name. What does not fit is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._families: tuple[Family, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Colours of the layers"))
        theme.signals().changed.connect(self.update)

    def show_families(self, families: Sequence[Family]) -> None:
        """Name these families, in this order."""
        self._families = tuple(families)
        self.setAccessibleDescription(", ".join(str(FAMILY_TITLES[family]) for family in families))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(32 * theme.GRID, 2 * theme.GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, font = theme.theme(), theme.font(theme.SMALL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        x = 0
        for family in self._families:
            words = str(FAMILY_TITLES[family])
            width = QFontMetrics(font).horizontalAdvance(words)
            if x + _SQUARE + theme.GRID // 2 + width > self.width():
                break
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.families[family]))
            painter.drawRoundedRect(QRectF(x, (self.height() - _SQUARE) / 2, _SQUARE, _SQUARE), 2, 2)
            x += _SQUARE + theme.GRID // 2
            painter.setPen(QColor(look.muted))
            painter.drawText(x, 0, width + 1, self.height(), Qt.AlignmentFlag.AlignVCenter, words)
            x += width + 2 * theme.GRID
        painter.end()
