"""Settings that change while a run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import nn

from cnnlab.core.runs.events import Change
from cnnlab.engine.training import freezing, optimisers
from cnnlab.engine.training.run_setup import SetUp


@dataclass(frozen=True)
class ChangedSetting:
    """A setting that was changed during a run, with its value before and after."""

    name: str
    before: float
    after: float


def apply(change: Change, parts: SetUp, done: int) -> tuple[ChangedSetting, ...]:
    """Let ``change`` hold from the next step on; ``done`` steps of the run lie behind it."""
    return tuple(_apply(change, parts, done))


def restore(changes: Mapping[str, float], parts: SetUp) -> None:
    """Make again what was changed before a checkpoint: all but the learning rate, which the schedule keeps."""
    lasting = Change(weight_decay=changes.get("weight_decay"), dropout=changes.get("dropout"))
    apply(lasting, parts, 0)


def _apply(change: Change, parts: SetUp, done: int) -> Iterator[ChangedSetting]:
    if change.learning_rate is not None:
        before = parts.schedule.rate(done)
        parts.schedule.rescale(change.learning_rate, done)
        yield ChangedSetting("learning_rate", before, parts.schedule.rate(done))
    if change.weight_decay is not None:
        before = _decay(parts)
        optimisers.set_decay(parts.stepper.optimiser, change.weight_decay)
        yield ChangedSetting("weight_decay", before, _decay(parts))
    if change.dropout is not None:
        before = _dropout(parts)
        freezing.set_dropout(parts.network, change.dropout)
        yield ChangedSetting("dropout", before, _dropout(parts))


def _decay(parts: SetUp) -> float:
    """The weight decay; 0 where no parameter decays."""
    decays = (group["weight_decay"] for group in parts.stepper.optimiser.param_groups if group["decays"])
    return float(next(decays, 0.0))


def _dropout(parts: SetUp) -> float:
    """The drop probability of the first dropout layer; 0 where there is none."""
    modules = parts.network.modules()
    return next((module.p for module in modules if isinstance(module, (nn.Dropout, nn.Dropout2d))), 0.0)
