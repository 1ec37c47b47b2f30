"""What a training run tells, as frozen values. A run is a sequence of these; nobody polls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cnnlab.core.messages import Message
from cnnlab.core.project import Weights

VERSION = 1
"""Of the fields below, for recordings."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """``run`` names the run, ``step`` counts optimiser steps made in it, ``graph`` is the digest of what it trains."""

    run: str
    step: int
    graph: str


@dataclass(frozen=True, kw_only=True)
class RunStarted(Event):
    """The network stands on the device and the first batch is next."""

    device: str
    threads: int
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
class EpochDone(Event):
    """Every training picture was seen once more; validation was measured."""

    epoch: int
    loss: float
    accuracy: float
    """Means over the batches of the epoch, as the weights were at each."""
    validation_loss: float
    validation_accuracy: float
    seconds: float


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
