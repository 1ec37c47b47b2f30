"""How exact the arithmetic of a run is."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from cnnlab.engine.training import failures


class Arithmetic:
    """float32 throughout."""

    name = "float32"

    def forward(self) -> AbstractContextManager[Any]:
        """What the forward pass stands in."""
        return nullcontext()

    def backward(self, loss: Tensor) -> None:
        """The gradients of ``loss``."""
        loss.backward()

    def unscale(self, optimiser: torch.optim.Optimizer) -> None:
        """Bring the gradients to their own size."""

    def check_gradients(self, length: float, step: int) -> None:
        """Raises ``NotFinite`` for gradients that must not lead to the step ``step``."""
        failures.check_gradients(length, step)

    def step(self, optimiser: torch.optim.Optimizer) -> None:
        """Move the weights."""
        optimiser.step()

    def state(self) -> dict[str, Any]:
        """What it adapts on the way, as JSON has it."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what ``state`` gave."""
