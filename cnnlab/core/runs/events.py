"""What a training run tells, as frozen values, and what can be changed in it. A run is a sequence of events; nobody polls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cnnlab.core.messages import Message
from cnnlab.core.project.project import Weights
from cnnlab.core.training.metrics import Metrics
from cnnlab.core.training.settings import LIVE_PARAMS
from cnnlab.core.values import Frozen


@dataclass(frozen=True, kw_only=True)
class Change:
    """New settings for the rest of a run; None leaves one as it is. Raises ``ParamError`` for a value that the setting cannot
    have."""

    learning_rate: float | None = None
    """The rate that the schedule works on from here: what the schedule would give now is scaled so that it is this."""
    weight_decay: float | None = None
    dropout: float | None = None
    """The probability of every dropout layer."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None:
                LIVE_PARAMS[name].normal(value)


@dataclass(frozen=True, kw_only=True)
class Event:
    """``run`` names the run, ``graph`` is the digest of what it trains, ``step`` counts the optimiser steps that the weights
    have behind them, those of earlier runs included."""

    run: str
    step: int
    graph: str


@dataclass(frozen=True, kw_only=True)
class RunStarted(Event):
    """The network stands on the device and the first batch is next."""

    device: str
    """``cpu``, ``cuda`` or ``mps``."""
    precision: str = "float32"
    """``float32``, ``tf32``, ``bf16`` or ``fp16``."""
    streamed: bool = False
    """Whether the pictures are read batch by batch, because they do not fit on the device or the settings ask for it."""
    message: Message | None = None
    """Where the pictures are while the run lasts, and why, for the person."""
    threads: int
    """CPU threads of torch, for the first batch."""
    processes: int = 1
    """How many train together."""
    epochs: int
    batches: int
    """Steps in one epoch."""
    steps: int
    """That the run is to make in all, earlier ones of a resumed run included."""
    resumed: bool = False
    """Whether an earlier part of the same run lies behind it; ``step`` says how far that came."""
    kept: tuple[str, ...]
    """Paths of layers that go on from the weights they had."""
    restarted: tuple[str, ...]
    """Paths of layers whose old weights no longer fit, and which start afresh."""


@dataclass(frozen=True, kw_only=True)
class BatchDone(Event):
    """One optimiser step."""

    epoch: int
    """From 1."""
    loss: float
    """Mean loss of the batch before the step, without penalties (cross-entropy in nats). Finite: with any other a run ends
    before the step."""
    accuracy: float | None = None
    """Share of correct answers in the batch, before the step; None where the task is a number."""
    error: float | None = None
    """Mean absolute error of the batch in the units of the task; None where the task is classes, or the error is infinite."""
    learning_rate: float | None = None
    """The learning rate of this step; None where a record does not say."""
    images: int
    """Training pictures seen in this run."""
    images_per_second: float | None = None
    """Over the last second or so, validation and pauses left out; None where no time went by."""


@dataclass(frozen=True, kw_only=True)
class ThreadsChosen(Event):
    """A run that was given several thread counts has timed a few batches with each and goes on with the quickest."""

    threads: int


class Split(StrEnum):
    """Pictures that are measured and not learned from."""

    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, kw_only=True)
class Measuring(Event):
    """Some more pictures of a split were measured; the weights stay as they are meanwhile."""

    split: Split
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class EpochDone(Event):
    """Every training picture was seen once more; validation was measured."""

    epoch: int
    loss: float
    accuracy: float | None = None
    error: float | None = None
    """Means over the pictures of the epoch, as the weights were at each batch; None where the task has no such figure."""
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    validation_error: float | None = None
    """Loss, accuracy and error are as in ``Metrics``; all None where no pictures are held out."""
    validation: Metrics | None = None
    """All figures on the validation pictures."""
    is_best: bool = False
    """Whether these are the weights with the lowest validation loss so far (training loss where nothing is held out)."""
    seconds: float
    """Seconds of work, validation included and pauses left out."""


@dataclass(frozen=True, kw_only=True)
class WeightsPublished(Event):
    """A snapshot of the network as it is now."""

    weights: Weights


@dataclass(frozen=True, kw_only=True)
class SettingChanged(Event):
    """A setting was changed while the run went on; it holds from the next step."""

    name: str
    """``learning_rate``, ``weight_decay`` or ``dropout``; also ``threads``."""
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The state of a run between two steps. The arrays are opaque here, as those of ``Weights``."""

    run: str
    step: int
    graph: str
    weights: Weights
    best: Weights | None
    """With the lowest validation loss so far."""
    moving: Weights | None = None
    """What the optimiser moves, where ``weights`` are a running mean of it."""
    optimiser: Frozen[str, Any]
    """Arrays by name."""
    state: Frozen[str, Any]
    """What else there is, as JSON has it: place in the epoch, sums of the epoch so far, schedule, scaler, random numbers,
    settings changed on the way."""


class End(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class RunEnded(Event):
    """The last event of a run; the last ``WeightsPublished`` before it holds its weights."""

    end: End
    test_accuracy: float | None = None
    """Accuracy on the test pictures, 0…1, of a completed run whose task is classes; they are used here only."""
    test: Metrics | None = None
    """All figures of a completed run on the test pictures."""
    early: bool = False
    """Whether a completed run ended before its last epoch, because validation no longer got better."""
    message: Message | None = None
    """What happened to a failed run, what is safe, what to do."""
