"""A tile sheet; below it the value under the mouse and the colour bar, with the numbers at its ends and at zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import significant
from cnnlab.engine.inspection.tiling import Floats, Kind
from cnnlab.gui.inspect.tile_sheet import TileSheet
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.images import indexed_image

_BAR = theme.GRID


class ScaleLegend(QWidget):
    """A horizontal bar: −max … 0 … max for signed values, 0 … max for magnitudes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "signed"
        self._top: float | None = None
        self.setAccessibleName(_("Colour scale"))
        self.setToolTip(_("Which colour stands for which value"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals().changed.connect(self.update)

    def set_scale(self, kind: Kind, top: float | None) -> None:
        """Show the scale whose end stands for ``top``; None shows nothing."""
        if (kind, top) == (self._kind, self._top):
            return
        self._kind, self._top = kind, top
        self.setAccessibleDescription(" … ".join(word for word, _place in self.marks()))
        self.update()

    def marks(self) -> list[tuple[str, float]]:
        """The numbers along the bar and where they stand, from 0 (left end) to 1."""
        if self._top is None:
            return []
        largest = significant(self._top)
        return [(f"−{largest}", 0.0), ("0", 0.5), (largest, 1.0)] if self._signed else [("0", 0.0), (largest, 1.0)]

    def sizeHint(self) -> QSize:
        return QSize(20 * theme.GRID, _BAR + 2 + QFontMetrics(theme.font(theme.SMALL)).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * theme.GRID, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._top is None:
            return
        colours = theme.theme()
        table = colours.diverging if self._signed else colours.sequential
        painter = QPainter(self)
        strip = indexed_image(np.arange(1, 256, dtype=np.uint8)[np.newaxis], table)
        painter.drawImage(QRectF(0, 0, self.width(), _BAR), strip)
        painter.setFont(theme.font(theme.SMALL, tabular=True))
        painter.setPen(QColor(colours.muted))
        numbers = QRectF(0, _BAR + 2, self.width(), self.height() - _BAR - 2)
        side = {0.0: Qt.AlignmentFlag.AlignLeft, 0.5: Qt.AlignmentFlag.AlignHCenter, 1.0: Qt.AlignmentFlag.AlignRight}
        for word, place in self.marks():
            painter.drawText(numbers, side[place] | Qt.AlignmentFlag.AlignTop, word)
        painter.end()

    @property
    def _signed(self) -> bool:
        return self._kind == "signed"


class TilePanel(QWidget):
    """``sheet`` above; below it the pointed cell in words, or how to point, and the legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = TileSheet()
        self.legend = ScaleLegend()
        self.readout = QLabel()
        self.readout.setFont(theme.font(theme.SMALL, tabular=True))
        self.readout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.readout.setWordWrap(True)
        self.readout.setAccessibleName(_("Value under the mouse"))
        # The words change with every mouse move and must not move the layout.
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.readout.setMinimumHeight(2 * self.readout.fontMetrics().height())
        below = QHBoxLayout()
        below.setSpacing(2 * theme.GRID)
        below.addWidget(self.readout, 3, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.legend, 2, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.sheet, 1)
        column.addLayout(below)
        self.sheet.hovered.connect(self._on_pointed_changed)
        self.sheet.unhovered.connect(self._on_pointed_changed)

    def set_tiles(
        self, values: Floats, kind: Kind, labels: Sequence[str] | None = None, columns: int | None = None
    ) -> None:
        """Show tiles as ``TileSheet.set_tiles`` does; the legend follows."""
        self.sheet.set_tiles(values, kind, labels, columns)
        self.legend.set_scale(kind, self.sheet.top)
        self._on_pointed_changed()

    def set_empty(self, text: str) -> None:
        """Show ``text`` and neither tiles nor legend."""
        self.sheet.set_empty(text)
        self.legend.set_scale("signed", None)

    def _on_pointed_changed(self) -> None:
        hint = "" if self.sheet.top is None else _("Point at a cell to read its value; the wheel zooms.")
        self.readout.setText(self.sheet.reading() or hint)
