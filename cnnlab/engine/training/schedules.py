"""How the learning rate goes on from step to step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.core.training_settings import TrainingSettings

_ONE_CYCLE_START = 25.0
"""One-cycle begins at the highest rate divided by this."""
_ONE_CYCLE_END = 1e4
"""And ends at its first rate divided by this."""


@dataclass(frozen=True)
class _Span:
    """What a schedule goes along: ``steps`` in all, after the warm-up."""

    settings: TrainingSettings
    batches: int
    steps: int


def make(settings: TrainingSettings, batches_per_epoch: int, steps: int) -> Schedule:
    """The schedule of a run of ``steps`` steps, of which ``batches_per_epoch`` are an epoch."""
    return Schedule(settings, batches_per_epoch, steps)


class Schedule:
    """The learning rate by step: a warm-up in a straight line, then the curve that the settings name.

    Warm-up of W steps: step t has (t + 1) / (W + 1) of the rate at which the curve begins, which has the rest of the run for
    itself. One-cycle begins with a rise of its own and has no other. The curves are those of ``torch.optim.lr_scheduler``,
    asked step by step."""

    def __init__(self, settings: TrainingSettings, batches_per_epoch: int, steps: int) -> None:
        rises_by_itself = settings.schedule == "one_cycle"
        self._warm_up = 0 if rises_by_itself else min(round(settings.warm_up * batches_per_epoch), steps)
        self._span = _Span(settings, max(batches_per_epoch, 1), max(steps - self._warm_up, 1))
        self._curve = _CURVES[settings.schedule]
        self._plateau = settings.schedule == "plateau"
        self._base = settings.learning_rate
        self._fallen = 1.0
        self._lowest: float | None = None
        self._waited = 0

    def rate(self, step: int) -> float:
        """Of the step that has ``step`` before it, counted from the start of the run."""
        return self._base * self._shape(step)

    def after_epoch(self, validation_loss: float | None) -> None:
        """What an epoch led to. Only reduce-on-plateau looks: when the loss was not lower than ever for more epochs in a row
        than its patience, the rate falls. None, where the loss is not finite, is lower than none."""
        if not self._plateau:
            return
        if validation_loss is not None and (self._lowest is None or validation_loss < self._lowest):
            self._lowest, self._waited = validation_loss, 0
        else:
            self._waited += 1
        if self._waited > self._span.settings.plateau_patience:
            self._fallen *= self._span.settings.step_factor
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
            return (step + 1) / (self._warm_up + 1) * self._curve(self._span, 0) * self._fallen
        return self._curve(self._span, step - self._warm_up) * self._fallen


def _cosine(span: _Span, step: int) -> float:
    """Half a cosine down to zero. Source: Loshchilov and Hutter, "SGDR", 2017, equation 5, without restarts."""
    return (1 + math.cos(math.pi * min(step / span.steps, 1.0))) / 2


def _constant(span: _Span, step: int) -> float:
    return 1.0


def _step(span: _Span, step: int) -> float:
    """Times the factor after every so many epochs."""
    return span.settings.step_factor ** (step // (span.settings.step_every * span.batches))


def _one_cycle(span: _Span, step: int) -> float:
    """Up to the rate of the settings, and down to almost nothing, along half cosines. Source: Smith and Topin,
    "Super-convergence", 2018, in the form of torch's ``OneCycleLR``; momentum stays as it is."""
    first, last = 1 / _ONE_CYCLE_START, 1 / (_ONE_CYCLE_START * _ONE_CYCLE_END)
    top, end = span.settings.one_cycle_up * span.steps - 1, float(span.steps - 1)
    step = min(step, span.steps - 1)
    if step <= top:
        return _between(first, 1.0, step / top if top else 1.0)
    return _between(1.0, last, (step - top) / (end - top))


def _between(start: float, end: float, share: float) -> float:
    """Along half a cosine."""
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


_CURVES: Mapping[str, Callable[[_Span, int], float]] = {
    "cosine": _cosine,
    "constant": _constant,
    "step": _step,
    "one_cycle": _one_cycle,
    "plateau": _constant,
}
"""By name, the share of the settings' learning rate at a step after the warm-up."""
