"""Every layer type, one entry each, by family.

``spec`` says what an entry is. A file for each family holds its entries: ``terminal`` (Input and Output), ``features``,
``pooling``, ``activation``, ``normalisation`` with ``scaling``, ``regularisation``, ``shape`` with ``padding``, and ``join``.
``rules`` are the checks that entries name, and ``formulas`` the arithmetic of output sizes. Builder, sizes, form, palette, help
and files read the entries; nothing flows back.
"""

from __future__ import annotations

from cnnlab.core.catalog import (
    activation,
    features,
    join,
    normalisation,
    pooling,
    regularisation,
    shape,
    terminal,
)
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.graph.graph import Node

LAYERS: tuple[LayerSpec, ...] = (
    *terminal.LAYERS,
    *features.LAYERS,
    *pooling.LAYERS,
    *activation.LAYERS,
    *normalisation.LAYERS,
    *regularisation.LAYERS,
    *shape.LAYERS,
    *join.LAYERS,
)
"""In the order of the palette."""

BY_KEY: dict[str, LayerSpec] = {spec.key: spec for spec in LAYERS}


def find(node: Node) -> LayerSpec | None:
    """The entry of a node's type; None if this version of the app does not know the type or its version."""
    spec = BY_KEY.get(node.type)
    return spec if spec and spec.version == node.version else None
