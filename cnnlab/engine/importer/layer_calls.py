"""The layer that a call, or several together, become."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from torch import fx

from cnnlab.core.catalog import BY_KEY
from cnnlab.engine.importer.modules import Layer, layer_with

Placed = Container[fx.Node]
"""The calls that have become layers."""


@dataclass(frozen=True)
class LayerCall:
    """A layer that reads ``sources`` in order; without a layer just its one source."""

    layer: Layer | None
    sources: tuple[fx.Node, ...]
    parameter: str = ""
    """The path of the bare parameter that the layer has, if it has one."""


def made(key: str, *sources: fx.Node, **settings: Any) -> LayerCall:
    """A layer of the catalogue by its key; raises ``Unsuitable`` for settings that it cannot have."""
    return LayerCall(layer_with(BY_KEY[key], settings), sources)


def source_of(node: fx.Node) -> fx.Node:
    """The first tensor that ``node`` reads."""
    return node.all_input_nodes[0]
