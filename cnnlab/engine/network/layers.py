"""From a catalogue entry to a torch module; where torch has none, one that computes the entry's expression."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.graph.shapes import Shape


class Expression(nn.Module):
    """One torch expression over its inputs and perhaps one bare parameter, e.g. ``torch.cat([x0, x1], dim=1)``.

    Expressions come from the catalogue only, never from a file; arguments are filled in as checked values."""

    weight: nn.Parameter | None

    def __init__(self, expr: str, weight: str, arguments: Mapping[str, Any], count: int) -> None:
        super().__init__()
        names = [f"x{number}" for number in range(count)]
        self.source = filled(expr, arguments, names, "weight")
        self._head = f"lambda weight, {', '.join(names)}"
        self._function = self._evaluated()
        self.start = weight and filled(weight, arguments, names, "")
        """The expression that makes the fresh parameter; empty without one."""
        self.register_parameter("weight", nn.Parameter(self.fresh()) if weight else None)

    def _evaluated(self) -> Callable[..., Any]:
        function: Callable[..., Any] = eval(f"{self._head}: {self.source}", {"torch": torch})
        return function

    def __getstate__(self) -> dict[str, Any]:
        # Without the function, which cannot be pickled or sent to another process.
        return {name: value for name, value in vars(self).items() if name != "_function"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._function = self._evaluated()

    def fresh(self) -> Tensor:
        """The bare parameter as it is before training."""
        value: Tensor = eval(self.start, {"torch": torch})
        return value

    def forward(self, *xs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """From inputs ``(N, …)`` in port order to one output ``(N, …)``, or a tuple of several."""
        made: Tensor | tuple[Tensor, ...] = self._function(self.weight, *xs)
        return made

    def extra_repr(self) -> str:
        return self.source


def filled(expr: str, arguments: Mapping[str, Any], xs: list[str], weight: str) -> str:
    """A catalogue expression with the names of its inputs and of its bare parameter, and its arguments, filled in."""
    names = {"x": xs[0], "xs": ", ".join(xs), "sum": " + ".join(xs), "product": " * ".join(xs), "weight": weight}
    return expr.format_map({**arguments, **names})


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
