"""All feature maps of the selected layer as one mosaic."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.shapes import show
from cnnlab.engine.inspection.looks import LayerRecord
from cnnlab.gui import theme
from cnnlab.gui.inspect.tile_panel import TilePanel


class MapView(QWidget):
    """``clicked`` tells the filter, row and column of a pixel."""

    clicked = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setFont(theme.font(theme.SMALL, tabular=True))
        self.title.setWordWrap(True)
        self.panel = TilePanel()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.title)
        column.addWidget(self.panel, 1)
        self.panel.sheet.clicked.connect(self.clicked)
        self.clear()

    def show_layer(self, record: LayerRecord, name: str, is_convolution: bool, maps: Sequence[str] = ()) -> None:
        """Show the maps of ``record``, which may have names; the title says what a click does, if it does something."""
        self.panel.set_tiles(record.maps, "signed" if record.signed else "magnitude", maps or None)
        size = show(record.maps.shape) if record.maps.shape[1:] != (1, 1) else str(record.maps.shape[0])
        words = _("{name}: {size}", name=name, size=size)
        if is_convolution:
            words = _("{words} · click a pixel to see the sum behind it", words=words)
        self.title.setText(words)

    def clear(self) -> None:
        """No layer is selected, or it does not run."""
        self.title.setText("")
        self.panel.set_empty(_("Select a layer that is connected to the input to see all its feature maps"))
