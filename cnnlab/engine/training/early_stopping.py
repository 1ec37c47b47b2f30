"""Early stopping: when to stop because the validation loss no longer falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What one epoch means for early stopping."""

    is_best: bool
    """Whether its loss is lower than all before."""
    stop: bool
    """Whether patience is at its end."""


class EarlyStopping:
    """Keeps the lowest loss; ``patience`` epochs in a row without a lower one are enough, 0 never are."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._lowest: float | None = None
        self._waited = 0

    def after(self, loss: float | None) -> Verdict:
        """The verdict on an epoch that ended with ``loss``, finite; None, where it was not, is no better than any."""
        is_best = loss is not None and (self._lowest is None or loss < self._lowest)
        if is_best:
            self._lowest, self._waited = loss, 0
        else:
            self._waited += 1
        return Verdict(is_best, 0 < self._patience <= self._waited)

    def state(self) -> dict[str, Any]:
        """The lowest loss and the epochs waited since, as JSON has it."""
        return {"lowest": self._lowest, "waited": self._waited}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what ``state`` gave."""
        self._lowest, self._waited = state["lowest"], state["waited"]
