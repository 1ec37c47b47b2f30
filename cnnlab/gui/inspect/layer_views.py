"""The views of the selected layer, kept in step with each other and with the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.inspection.looks import Seen
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.kernel_view import KernelView
from cnnlab.gui.inspect.layer_view import LayerView, SeenLayer
from cnnlab.gui.inspect.map_view import MapView
from cnnlab.gui.inspect.pixel_view import PixelView
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Processor


class LayerViews(QObject):
    """The views of the selected layer. Another one is another entry of ``all``: it gets a tab, every recording and every chosen
    pixel, and what it signals is done."""

    pixel_chosen = Signal()
    """The person clicked a pixel, and its arithmetic is shown."""

    def __init__(
        self,
        document: Document,
        selection: Selection,
        controller: InspectController,
        processor: Processor,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._controller = controller
        self._layer: SeenLayer | None = None
        self.maps = MapView()
        self.kernels = KernelView()
        self.pixel = PixelView(processor)
        self.all: tuple[LayerView, ...] = (self.maps, self.kernels, self.pixel)
        """In the order of their tabs."""
        for view in self.all:
            view.clicked.connect(self._on_clicked)
            view.value_set.connect(self._on_value_set)
        self.pixel.explained.connect(self.pixel_chosen)
        controller.seen.connect(self._on_seen)
        selection.changed.connect(self._on_selection_changed)

    def _on_selection_changed(self) -> None:
        if self._selection.current is None:
            self._clear()
        elif self._layer is not None:
            self._layer = replace(self._layer, pixel=None)

    def _on_seen(self, seen: Seen) -> None:
        record, graph, before = seen.layer, self._document.project.graph, self._layer
        if record is None or record.uid not in graph.by_uid:
            self._clear()
            return
        pixel = before.pixel if before is not None and before.record.uid == record.uid else None
        editable = not self._controller.is_live
        self._layer = SeenLayer(record=record, graph=graph, is_editable=editable, pixel=pixel)
        for view in self.all:
            view.show_layer(self._layer)

    def _clear(self) -> None:
        self._layer = None
        for view in self.all:
            view.clear()

    def _on_clicked(self, tile: int, y: int, x: int) -> None:
        if self._layer is None or not self._layer.is_convolution:
            return
        self._layer = replace(self._layer, pixel=(tile, y, x))
        for view in self.all:
            view.choose_pixel(self._layer)

    def _on_value_set(self, name: str, index: tuple[int, ...], value: float) -> None:
        if self._layer is None:
            return
        record = self._layer.record

        def change(project: Project) -> Project:
            # The project may already have later weights than those recorded, from a run or from the last edit.
            held = project.weights.nodes.get(record.uid, {})
            tensors = held if _shapes(held) == _shapes(record.tensors) else record.tensors
            return changes.set_weight(project, record.uid, tensors, name, index, value)

        self._document.edit(message("Set a weight of {name}", name=self._layer.node.path), change)


def _shapes(tensors: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in tensors.items()}
