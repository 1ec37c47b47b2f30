"""All feature maps of the selected layer as one mosaic."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.gui.inspect.layer_view import LayerView, SeenLayer, colours
from cnnlab.gui.inspect.tile_panel import TilePanel
from cnnlab.gui.theme import theme


class MapView(LayerView):
    """The feature maps ``(C, H, W)`` of the selected layer as tiles; the title says what a click does, if anything."""

    tab = message("Maps")
    tip = message("All feature maps of the selected layer")

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

    def show_layer(self, layer: SeenLayer) -> None:
        record = layer.record
        names = colours(layer.node, record.maps)
        self.panel.set_tiles(record.maps, "signed" if record.signed else "magnitude", names or None)
        size = show(record.maps.shape) if record.maps.shape[1:] != (1, 1) else str(record.maps.shape[0])
        text = _("{name}: {size}", name=layer.node.path, size=size)
        if layer.is_convolution:
            text = _("{text} · click a pixel to see the sum behind it", text=text)
        self.title.setText(text)

    def choose_pixel(self, layer: SeenLayer) -> None:
        self.panel.sheet.select(layer.pixel)

    def clear(self) -> None:
        self.title.setText("")
        self.panel.set_empty(_("Select a layer that is connected to the input to see all its feature maps"))
