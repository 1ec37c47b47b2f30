"""From a catalogue entry to a torch module."""

from __future__ import annotations

import importlib

from torch import nn

from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.graph.shapes import Shape
from cnnlab.engine.network.ops import Expression


def make(spec: LayerSpec, params: Params, inputs: tuple[Shape, ...]) -> nn.Module:
    """The module of one layer, on the device of the surrounding ``torch.device`` context. Never in place."""
    if not spec.make and not spec.expr:
        return nn.Identity()
    arguments = spec.arguments(params, inputs)
    if spec.expr:
        return Expression(spec.expr, spec.weight, arguments, len(inputs))
    place, name = spec.make.rsplit(".", 1)
    module: nn.Module = getattr(importlib.import_module(place), name)(**arguments)
    return module
