"""How the learning rate changes during a run: one entry with its curve for each schedule, and their settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Option, Real, Settings, Whole, setting
from cnnlab.core.values import Frozen


@dataclass(frozen=True)
class Span:
    """What a curve goes along: ``steps`` in all, after the warm-up, of which ``batches`` are an epoch."""

    settings: ScheduleSettings
    batches: int
    steps: int


@dataclass(frozen=True, kw_only=True)
class ScheduleSpec(Option):
    """One schedule: the single entry from which the form, the options of commands, what has an effect and the rates follow."""

    curve: Callable[[Span, int], float]
    """The fraction of the settings' learning rate at a step, which may lie beyond the span; never above 1."""
    settings: frozenset[str] = frozenset()
    """Names of the settings that it goes by."""
    rises: bool = False
    """Whether it begins with a rise of its own, so that there is no warm-up before it."""
    falls_on_a_plateau: bool = False
    """Whether the rate falls too when validation no longer gets better."""

    @property
    def uses(self) -> frozenset[str]:
        """The settings that have an effect on it and not on every other schedule."""
        return self.settings if self.rises else self.settings | {"warm_up"}


_ONE_CYCLE_START = 25.0
"""One-cycle begins at the highest rate divided by this."""
_ONE_CYCLE_END = 1e4
"""One-cycle ends at its first rate divided by this."""


def _cosine(span: Span, step: int) -> float:
    """Half a cosine down to zero. Source: Loshchilov and Hutter, "SGDR", 2017, equation 5, without restarts."""
    return (1 + math.cos(math.pi * min(step / span.steps, 1.0))) / 2


def _constant(span: Span, step: int) -> float:
    return 1.0


def _linear(span: Span, step: int) -> float:
    return 1.0 - min(step / span.steps, 1.0)


def _exponential(span: Span, step: int) -> float:
    """Times the factor over each epoch, in equal parts with every step."""
    return span.settings.epoch_factor ** (step / span.batches)


def _steps(span: Span, step: int) -> float:
    """Times the factor after every so many epochs."""
    return span.settings.step_factor ** (step // (span.settings.step_every * span.batches))


def _one_cycle(span: Span, step: int) -> float:
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


SCHEDULES: Mapping[str, ScheduleSpec] = Frozen(
    {
        "cosine": ScheduleSpec(
            _("Cosine"), _("The learning rate falls to zero along half a cosine, over the whole run."), curve=_cosine),
        "linear": ScheduleSpec(
            _("Linear"), _("The learning rate falls to zero in a straight line, over the whole run."), curve=_linear),
        "exponential": ScheduleSpec(
            _("Exponential"), _("The learning rate falls a little with every step, by a factor over each epoch."),
            curve=_exponential, settings=frozenset({"epoch_factor"})),
        "constant": ScheduleSpec(_("Constant"), _("The learning rate stays the same."), curve=_constant),
        "step": ScheduleSpec(
            _("Steps"), _("The learning rate falls by a factor, every so many epochs."),
            curve=_steps, settings=frozenset({"step_every", "step_factor"})),
        "one_cycle": ScheduleSpec(
            _("One cycle"), _("The learning rate rises from low to its highest and falls to almost zero. Good for short runs."),
            curve=_one_cycle, settings=frozenset({"one_cycle_up"}), rises=True),
        "plateau": ScheduleSpec(
            _("On a plateau"), _("The learning rate falls by a factor when validation no longer gets better."),
            curve=_constant, settings=frozenset({"plateau_patience", "step_factor"}), falls_on_a_plateau=True),
    }
)  # fmt: skip
"""By their names in files and options. All but the fall on a plateau are curves of ``torch.optim.lr_scheduler``, asked step by
step."""


@dataclass(frozen=True)
class ScheduleSettings(Settings):
    """How large steps are, from the first to the last."""

    heading: ClassVar[Message] = _("Learning rate")

    # fmt: off
    learning_rate: float = setting(
        Real, _("Learning rate"), _("How large a step is. 0.003 suits Adam, 0.05 suits SGD."), 0.003,
        low=0.0, high=100.0, above_low=True)
    schedule: str = setting(
        Choice, _("Schedule"), _("How the learning rate changes during the run."), "cosine", named=SCHEDULES)
    epoch_factor: float = setting(
        Real, _("Factor per epoch"), _("What the learning rate is multiplied by over each epoch."), 0.9, low=0.0, high=1.0,
        above_low=True)
    step_every: int = setting(
        Whole, _("Step every, epochs"), _("How many epochs the learning rate "
        "stays the same before it falls."), 10, low=1, high=100_000)
    step_factor: float = setting(
        Real, _("Factor"), _("What the learning rate is multiplied by when it falls."), 0.1, low=0.0, high=1.0, above_low=True)
    plateau_patience: int = setting(
        Whole, _("Patience, epochs"), _("How many epochs without a lower validation loss are waited for before the learning rate "
        "falls."), 3, low=0, high=1000)
    one_cycle_up: float = setting(
        Real, _("Rising fraction"), _("The fraction of the run in which the learning rate rises, before it falls."), 0.3,
        low=0.0, high=1.0)
    warm_up: float = setting(
        Real, _("Warm-up, epochs"), _("The learning rate rises linearly for so many epochs, before the schedule begins."), 0.0,
        low=0.0, high=1000.0, advanced=True)
    # fmt: on
