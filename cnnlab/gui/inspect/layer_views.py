"""Maps, kernels and pixel of the selected layer, kept in step with each other and with the network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QObject, Signal

from cnnlab.core import changes
from cnnlab.core.graph import Node
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.project import Project
from cnnlab.engine.inspection import arithmetic
from cnnlab.engine.inspection.looks import LayerRecord, Seen
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.kernel_view import KernelView
from cnnlab.gui.inspect.map_view import MapView
from cnnlab.gui.inspect.pixel_view import PixelView
from cnnlab.gui.selection import Selection

_CONVOLUTION = "conv2d"


class LayerViews(QObject):
    """Three views of one ``LayerRecord``."""

    pixel_chosen = Signal()
    """The person clicked a pixel whose arithmetic can be shown."""

    def __init__(
        self, document: Document, selection: Selection, controller: InspectController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._controller = controller
        self._record: LayerRecord | None = None
        self._graph = document.project.graph
        """What the record was made with; the document's may be a later one."""
        self._pixel: tuple[int, int, int] | None = None
        self.maps = MapView()
        self.kernels = KernelView()
        self.pixel = PixelView()
        self.maps.clicked.connect(self._on_map_clicked)
        self.kernels.value_set.connect(self._on_value_set)
        controller.seen.connect(self._on_seen)
        selection.changed.connect(self._on_selection_changed)

    def _on_selection_changed(self) -> None:
        self._pixel = None
        if self._selection.current is None:
            self._clear()

    def _on_seen(self, seen: Seen) -> None:
        record = seen.layer
        if record is None or record.uid not in self._document.project.graph.by_uid:
            self._clear()
            return
        if self._record is None or record.uid != self._record.uid:
            self._pixel = None
        self._record, self._graph = record, self._document.project.graph
        node = self._graph.by_uid[record.uid]
        self.maps.show_layer(record, node.path, node.type == _CONVOLUTION, _colours(node, record.maps))
        if record.tensors:
            self.kernels.show_layer(record, editable=not self._controller.is_live)
        else:
            self.kernels.clear(_("{name} has no weights: it learns nothing", name=node.path))
        self._show_pixel()

    def _clear(self) -> None:
        self._record = self._pixel = None
        self.maps.clear()
        self.kernels.clear()
        self.pixel.clear()

    def _on_map_clicked(self, tile: int, y: int, x: int) -> None:
        if self._record is None or self._graph.by_uid[self._record.uid].type != _CONVOLUTION:
            return
        self._pixel = (tile, y, x)
        self.maps.panel.sheet.select(self._pixel)
        self.kernels.choose_filter(tile)
        self._show_pixel()
        self.pixel_chosen.emit()

    def _show_pixel(self) -> None:
        record, pixel = self._record, self._pixel
        if record is None or pixel is None or any(i >= n for i, n in zip(pixel, record.maps.shape, strict=True)):
            self.pixel.clear()
            return
        node = self._graph.by_uid[record.uid]
        found = arithmetic.explain(
            node.params, record.tensors["weight"], record.tensors.get("bias"), record.inputs[0], record.maps, pixel
        )
        source = self._graph.by_uid[self._graph.incoming(record.uid)[0].source]
        self.pixel.show_pixel(found, node.path, source.path, pixel, _colours(source, record.inputs[0]))

    def _on_value_set(self, name: str, index: tuple[int, ...], value: float) -> None:
        record = self._record
        if record is None:
            return

        def change(project: Project) -> Project:
            # The project may already have later weights than those recorded, from a run or from the last edit.
            held = project.weights.nodes.get(record.uid, {})
            tensors = held if _shapes(held) == _shapes(record.tensors) else record.tensors
            return changes.set_weight(project, record.uid, tensors, name, index, value)

        path = self._graph.by_uid[record.uid].path
        self._document.edit(message("Set a weight of {name}", name=path), change)


def _colours(node: Node, maps: np.ndarray) -> tuple[str, ...]:
    """Names of the maps ``(C, H, W)`` that a layer gives: the Input's, where they are the colours of a picture."""
    return (_("red"), _("green"), _("blue")) if node.type == "input" and len(maps) == 3 else ()


def _shapes(tensors: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in tensors.items()}
