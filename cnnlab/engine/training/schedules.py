"""The learning rate from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnlab.core.training.schedules import SCHEDULES, Span
from cnnlab.core.training.settings import TrainingSettings


class Schedule:
    """The learning rate by step, in a run of ``steps`` steps, of which ``batches_per_epoch`` are an epoch: a warm-up in a straight
    line, then the curve that the settings name.

    Warm-up of W steps: step t has (t + 1) / (W + 1) of the rate at which the curve begins, which has the rest of the run for
    itself. A schedule that begins with a rise of its own has no other."""

    def __init__(self, settings: TrainingSettings, batches_per_epoch: int, steps: int) -> None:
        self._spec = SCHEDULES[settings.schedule]
        self._warm_up = 0 if self._spec.rises else min(round(settings.warm_up * batches_per_epoch), steps)
        self._span = Span(settings, max(batches_per_epoch, 1), max(steps - self._warm_up, 1))
        self._patience, self._factor = settings.plateau_patience, settings.step_factor
        self._base = settings.learning_rate
        self._fallen = 1.0
        self._lowest: float | None = None
        self._waited = 0

    def rate(self, step: int) -> float:
        """The learning rate of the step that has ``step`` before it, counted from the start of the run."""
        return self._base * self._shape(step)

    def after_epoch(self, validation_loss: float | None) -> None:
        """What an epoch led to. Only reduce-on-plateau looks: when the loss was not lower than ever for more epochs in a row
        than its patience, the rate falls. None, where the loss is not finite, is lower than none."""
        if not self._spec.falls_on_a_plateau:
            return
        if validation_loss is not None and (self._lowest is None or validation_loss < self._lowest):
            self._lowest, self._waited = validation_loss, 0
        else:
            self._waited += 1
        if self._waited > self._patience:
            self._fallen *= self._factor
            self._waited = 0

    def rescale(self, rate_now: float, step: int) -> None:
        """Let ``rate(step)`` be ``rate_now``, and all later rates be scaled in proportion."""
        shape = self._shape(step)
        self._base = rate_now / shape if shape else rate_now

    def state(self) -> dict[str, Any]:
        """All that depends on what happened so far, as JSON has it."""
        return {"base": self._base, "fallen": self._fallen, "lowest": self._lowest, "waited": self._waited}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what ``state`` gave, for the same settings."""
        self._base, self._fallen = state["base"], state["fallen"]
        self._lowest, self._waited = state["lowest"], state["waited"]

    def _shape(self, step: int) -> float:
        if step < self._warm_up:
            return (step + 1) / (self._warm_up + 1) * self._spec.curve(self._span, 0) * self._fallen
        return self._spec.curve(self._span, step - self._warm_up) * self._fallen
