"""What a view of the selected layer is: a tab that ``LayerViews`` keeps in step with the network and with the other views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cnnlab.core.graph.graph import Graph, Node
from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.engine.inspection.looks import LayerRecord

Pixel = tuple[int, int, int]
"""A pixel of a layer's output: map, row and column, counted from 0."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SeenLayer:
    """The selected layer as it was recorded."""

    record: LayerRecord
    graph: Graph
    """The graph that was recorded; the document's may be newer."""
    is_editable: bool = True
    """Whether its weights can be set by hand: not while a run owns them."""
    pixel: Pixel | None = None
    """The chosen pixel of the maps; these may have become smaller since."""

    @property
    def node(self) -> Node:
        """The layer itself."""
        return self.graph.by_uid[self.record.uid]

    @property
    def is_convolution(self) -> bool:
        """Whether a pixel of its maps is a sum that can be shown."""
        return self.node.type == "conv2d"


class LayerView(QWidget):
    """A view is one class of this kind, and its entry in ``LayerViews``."""

    tab: ClassVar[Message]
    tip: ClassVar[Message]

    clicked = Signal(int, int, int)
    """The person chose a pixel of the layer's maps: map, row, column."""
    value_set = Signal(str, object, float)
    """The person gave a weight: tensor name, index into it, number."""

    def show_layer(self, layer: SeenLayer) -> None:
        """Show a new recording."""
        raise NotImplementedError

    def choose_pixel(self, layer: SeenLayer) -> None:
        """The person has chosen ``layer.pixel`` of the recording that is shown."""

    def clear(self) -> None:
        """No layer is selected, or it does not run."""
        raise NotImplementedError


def colours(node: Node, maps: np.ndarray) -> tuple[str, ...]:
    """Names of the maps ``(C, H, W)`` that a layer gives: the Input's, where they are the colours of a picture."""
    return (_("red"), _("green"), _("blue")) if node.type == "input" and len(maps) == 3 else ()
