"""A tile sheet with its reading and its colour scale below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.engine.inspection.tiling import Floats, Kind
from cnnlab.gui.inspect.scale_legend import ScaleLegend
from cnnlab.gui.inspect.tile_sheet import TileSheet
from cnnlab.gui.theme import theme


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
        """As ``TileSheet.set_tiles``; the legend follows."""
        self.sheet.set_tiles(values, kind, labels, columns)
        self.legend.set_scale(kind, self.sheet.top)
        self._on_pointed_changed()

    def set_empty(self, words: str) -> None:
        """As ``TileSheet.set_empty``; no legend."""
        self.sheet.set_empty(words)
        self.legend.set_scale("signed", None)

    def _on_pointed_changed(self) -> None:
        hint = "" if self.sheet.top is None else _("Point at a cell to read its value; the wheel zooms.")
        self.readout.setText(self.sheet.reading() or hint)
