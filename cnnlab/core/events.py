"""What a training run tells, as frozen values, and what it can be told. A run is a sequence of these; nobody polls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cnnlab.core.messages import Message
from cnnlab.core.project import Weights


class Command(StrEnum):
    """What a driver can send in answer to an event."""

    STOP = "stop"
    """End with the weights as they are now; no further batch is begun."""
    PUBLISH = "publish"
    """Let the next event be a ``WeightsPublished``."""


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
    threads: int
    """Of torch, for the first batch."""
    epochs: int
    batches: int
    """In one epoch."""
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
    """Mean cross-entropy of the batch, in nats, before the step."""
    accuracy: float
    """Share of the batch that was right, before the step."""
    images: int
    """Training pictures seen in this run."""
    images_per_second: float
    """Over the last second or so, validation and pauses left out."""


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
    accuracy: float
    """Means over the pictures of the epoch, as the weights were at each batch."""
    validation_loss: float
    validation_accuracy: float
    """Not a number where no pictures are held out."""
    seconds: float
    """Of work, validation included and pauses left out."""


@dataclass(frozen=True, kw_only=True)
class WeightsPublished(Event):
    """A snapshot of the network as it is now."""

    weights: Weights


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
    """Of a completed run; the test pictures are touched here only."""
    message: Message | None = None
    """Of a failed run: what happened, what is safe, what to do."""
