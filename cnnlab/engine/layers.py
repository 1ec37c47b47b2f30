"""From a catalogue entry to a torch module."""

from __future__ import annotations

import importlib

from torch import nn

from cnnlab.core.shapes import Shape
from cnnlab.core.spec import LayerSpec, Params
from cnnlab.engine.ops import Expression

_FROM_INPUT = {
    "channels": lambda shape: shape[0],
    "features": lambda shape: shape[-1],
    "last axis": lambda shape: len(shape),
}
"""What ``LayerSpec.from_input`` can ask of the first input's shape (without batch)."""


def make(spec: LayerSpec, params: Params, inputs: tuple[Shape, ...]) -> nn.Module:
    """The module of one layer, on the device of the surrounding ``torch.device`` context. Never in place."""
    if spec.expr:
        return Expression(spec.expr, dict(params))
    if not spec.make:
        return nn.Identity()
    place, name = spec.make.rsplit(".", 1)
    constructor = getattr(importlib.import_module(place), name)
    wired = {argument: _FROM_INPUT[what](inputs[0]) for argument, what in spec.from_input.items()}
    return constructor(**wired, **params)
