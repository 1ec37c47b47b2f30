"""Modules where torch has none: a catalogue expression as a module, and a place that only hands on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Expression(nn.Module):
    """One torch expression over ``xs``, the list of inputs in order, e.g. ``torch.cat(xs, dim=1)``.

    Expressions come from the catalogue only, never from a file; parameters are filled in as checked values."""

    def __init__(self, expr: str, params: dict[str, Any]) -> None:
        super().__init__()
        self.source = expr.format(xs="xs", **{name: repr(value) for name, value in params.items()})
        self._function: Callable[[list[Tensor]], Tensor] = eval(
            f"lambda xs: {self.source}", {"torch": torch, "functools": functools}
        )

    def forward(self, *xs: Tensor) -> Tensor:
        """Inputs ``(N, …)`` in port order to one output ``(N, …)``."""
        return self._function(list(xs))

    def extra_repr(self) -> str:
        return self.source
