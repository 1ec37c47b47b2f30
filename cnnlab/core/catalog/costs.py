"""Multiply–accumulate operations of the layers that multiply by weights, for one picture; a bias adds none.

Source: torch.utils.flop_counter, which counts two operations for each.
"""

from __future__ import annotations

import math

from cnnlab.core.catalog.spec import Params
from cnnlab.core.graph.shapes import Shape


def convolution(params: Params, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Every output value is a sum over one window of the input channels of its group."""
    return math.prod(output) * inputs[0][0] // params["groups"] * math.prod(params["kernel_size"])


def transposed_convolution(params: Params, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Every input value is spread over one window of the filters of its group."""
    return math.prod(inputs[0]) * params["out_channels"] // params["groups"] * math.prod(params["kernel_size"])


def linear(params: Params, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Every output value is a sum over the last axis of the input."""
    return math.prod(output) * inputs[0][-1]
