"""How a network is trained: every setting of a run, in the groups of a form; which of them have an effect while the others are as
they are, and which can be changed while the run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import (
    Choice,
    Flag,
    Need,
    Option,
    Param,
    Real,
    Settings,
    Whole,
    changed,
    needs,
    params,
    setting,
    with_effect,
)
from cnnlab.core.training.losses import LOSSES, LossSettings
from cnnlab.core.training.optimisers import OPTIMISERS, OptimiserSettings
from cnnlab.core.training.schedules import SCHEDULES, ScheduleSettings
from cnnlab.core.values import Frozen

# fmt: off


@dataclass(frozen=True)
class LengthSettings(Settings):
    """When a run is over."""

    heading: ClassVar[Message] = _("Length")

    epochs: int = setting(Whole, _("Epochs"), _("How many times every training picture is seen."), 2, low=1, high=100_000)
    early_stopping: int = setting(
        Whole, _("Early stopping"), _("Stops after so many epochs without a lower validation loss and goes back to the "
        "best weights; 0: never."), 0, low=0, high=1000, zero=_("never"))
    max_steps: int = setting(
        Whole, _("Max steps"), _("Ends the run after so many steps, in the middle of an epoch too; 0: all epochs."), 0,
        low=0, high=2**31 - 1, zero=_("no limit"), advanced=True)


@dataclass(frozen=True)
class BatchSettings(Settings):
    """Which pictures each step learns from, and where they wait."""

    heading: ClassVar[Message] = _("Batches")

    batch_size: int = setting(
        Whole, _("Batch size"), _("How many pictures go through the network at a time."), 64, low=1, high=65536)
    accumulate: int = setting(
        Whole, _("Batches per step"), _("How many batches make one step together, like one batch that is so many times larger, in "
        "the memory of one."), 1, low=1, high=1024, advanced=True)
    shuffle: bool = setting(
        Flag, _("Shuffle"), _("Takes the pictures in a new random order in every epoch; off: always in the order of the data "
        "set."), True, advanced=True)
    drop_last: bool = setting(
        Flag, _("Drop last"), _("Leaves out the last batch of an epoch if it is smaller than the others."), False, advanced=True)
    pictures: str = setting(
        Choice, _("Pictures"), _("Where the training pictures are kept."), "auto", advanced=True, named=Frozen({
            "auto": Option(_("Automatic"), _("In memory if they fit.")),
            "memory": Option(_("In memory"), _("All pictures stay on the device: the fastest way.")),
            "stream": Option(_("Streamed"), _("Each batch is read when it is needed.")),
        }))
    workers: int = setting(
        Whole, _("Workers"), _("Processes that read ahead when pictures are streamed; 0 reads in the run itself. The result is "
        "the same."), 0, low=0, high=64, zero=_("in the run"), needs=(Need(("pictures",), ("auto", "stream")),), advanced=True)

    @property
    def step_size(self) -> int:
        """How many pictures make a step, but for the last of an epoch."""
        return self.batch_size * self.accumulate


@dataclass(frozen=True)
class RunSettings(Settings):
    """Where and how exactly a run is computed, and what is kept of it."""

    heading: ClassVar[Message] = _("Run")

    seed: int = setting(
        Whole, _("Seed"), _("Decides initial weights, order and augmentation. The same seed gives the same run."), 0,
        low=0, high=2**31 - 1)
    device: str = setting(
        Choice, _("Device"), _("Where the run is computed."), "auto", advanced=True, named=Frozen({
            "auto": Option(_("Automatic"), _("A GPU if there is one.")),
            "cpu": Option(_("CPU")),
            "cuda": Option(_("NVIDIA GPU")),
            "mps": Option(_("Apple GPU")),
        }))
    precision: str = setting(
        Choice, _("Precision"), _("How exact the arithmetic is: float32, or fewer bits for speed where the device is good at it. "
        "Weights stay float32."), "auto", advanced=True, named=Frozen({
            "auto": Option(_("Automatic"), _("The fastest that the device supports well.")),
            "float32": Option(_("float32"), _("32 bits: the most exact.")),
            "tf32": Option(_("TF32"), _("float32 with products of 19 bits, on NVIDIA GPUs from Ampere on.")),
            "bf16": Option(_("bfloat16"), _("Half the bits, with the range of float32: faster on many newer devices.")),
            "fp16": Option(_("float16"), _("Half the bits, with a smaller range: losses are scaled so that small gradients "
                           "survive.")),
        }))
    channels_last: str = setting(
        Choice, _("Channels last"), _("The order of numbers in memory with which convolutions are faster on most devices. It "
        "changes nothing but rounding."), "auto", advanced=True, named=Frozen({
            "auto": Option(_("Automatic"), _("Where it is faster.")),
            "on": Option(_("On")),
            "off": Option(_("Off")),
        }))
    threads: int = setting(
        Whole, _("Threads"), _("CPU threads for the arithmetic; 0 tries a few counts and keeps the fastest. The count changes "
        "rounding."), 0, low=0, high=1024, zero=_("automatic"), advanced=True)
    snapshots_mb: int = setting(
        Whole, _("Snapshots, MB"), _("Space for snapshots of the weights during training, from "
        "which a run can be replayed; 0 keeps none."),
        100, low=0, high=10**6, zero=_("none"), advanced=True)

# fmt: on


@dataclass(frozen=True, kw_only=True)
class TrainingSettings(LossSettings, ScheduleSettings, OptimiserSettings, LengthSettings, BatchSettings, RunSettings):
    """How to train."""


GROUPS = cast(tuple[type[Settings], ...], TrainingSettings.__bases__)
"""The settings under one heading each, in the order of a form; every setting is in one."""
TRAINING_PARAMS: tuple[Param, ...] = tuple(param for group in GROUPS for param in params(group))


_SETTINGS = {param.name: param for param in TRAINING_PARAMS if isinstance(param, Real)}

LIVE_PARAMS: Mapping[str, Real] = Frozen(
    {
        "learning_rate": replace(
            _SETTINGS["learning_rate"],
            description=_(
                "The present learning rate of this run. Type another and press Return: the schedule continues from "
                "there."
            ),
        ),
        "weight_decay": replace(
            _SETTINGS["weight_decay"], description=_("The weight decay of this run. Type another and press Return.")
        ),
        "dropout": Real("dropout", _("Dropout"), _("The drop probability of every dropout layer. Type another and press Return."),
                        0.5, low=0.0, high=1.0),
    }
)  # fmt: skip
"""By the names of the fields of ``events.Change``."""


def _needed() -> Iterator[tuple[str, tuple[Need, ...]]]:
    """Each setting with what it needs: that an entry of a table uses it, if any does, and what it needs by itself."""
    own = needs(TrainingSettings)
    for param in TRAINING_PARAMS:
        users = (
            Need((choice,), tuple(key for key, entry in table.items() if param.name in entry.uses))
            for choice, table in (("loss", LOSSES), ("optimiser", OPTIMISERS), ("schedule", SCHEDULES))
        )
        needed = (*(need for need in users if need.values), *own.get(param.name, ()))
        if needed:
            yield param.name, needed


NEEDS: Mapping[str, tuple[Need, ...]] = Frozen(dict(_needed()))
"""What must be so for a setting to have an effect, by its name; those that always have one are not in it."""


def matters(settings: TrainingSettings) -> frozenset[str]:
    """The names of the settings that have an effect: momentum has none with Adam."""
    return with_effect(settings, NEEDS)


def effective(settings: TrainingSettings) -> TrainingSettings:
    """``settings`` with those that have no effect at their defaults; a run with the result is the same run."""
    found = matters(settings)
    return replace(settings, **{param.name: param.default for param in TRAINING_PARAMS if param.name not in found})


def unusual(settings: TrainingSettings) -> tuple[tuple[Message, str], ...]:
    """Label and value of the settings that have an effect and are not as usual, in the order of a form."""
    found = matters(settings)
    return changed((param for param in TRAINING_PARAMS if param.name in found), settings)
