"""How far a run is, as one frozen value that the run bar can show without asking anything else."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from cnnlab.core.events import BatchDone, EpochDone, Event, RunStarted

SMOOTHING = 0.9
"""How much of the running mean each batch leaves standing: the figures shown are of about the last 10 batches."""


@dataclass(frozen=True)
class Progress:
    """None stands for "not known yet"."""

    device: str = ""
    epoch: int = 0
    """From 1; 0 before the first batch."""
    epochs: int = 0
    batch: int = 0
    """Batches done in this epoch."""
    batches: int = 0
    """In one epoch."""
    loss: float | None = None
    """Of the training batches, smoothed."""
    accuracy: float | None = None
    validation_accuracy: float | None = None
    """After the last whole epoch of this run."""
    images_per_second: float | None = None
    seconds_left: float | None = None
    """Until the last epoch is done, at the present speed."""
    first: int = 0
    """Steps that the weights had behind them when the run began."""
    steps: int = 0
    """Done in this run."""

    @property
    def share(self) -> float:
        """Of the whole run, 0…1."""
        total = self.epochs * self.batches
        return self.steps / total if total else 0.0


def advanced(progress: Progress, event: Event, batch_size: int) -> Progress:
    """``progress`` after one more event of a run whose batches hold ``batch_size`` pictures."""
    if isinstance(event, RunStarted):
        return Progress(device=event.device, epochs=event.epochs, batches=event.batches, first=event.step)
    if isinstance(event, BatchDone):
        batches = max(progress.batches, 1)
        steps = event.step - progress.first
        left = max(progress.epochs * batches - steps, 0) * batch_size
        return replace(
            progress,
            steps=steps,
            epoch=event.epoch,
            batch=steps - (event.epoch - 1) * batches,
            loss=smoothed(progress.loss, event.loss),
            accuracy=smoothed(progress.accuracy, event.accuracy),
            images_per_second=event.images_per_second,
            seconds_left=left / event.images_per_second if event.images_per_second > 0 else None,
        )
    if isinstance(event, EpochDone):
        known = not math.isnan(event.validation_accuracy)
        return replace(progress, validation_accuracy=event.validation_accuracy if known else None)
    return progress


def smoothed(mean: float | None, value: float) -> float:
    """The running mean after ``value``."""
    return value if mean is None else SMOOTHING * mean + (1 - SMOOTHING) * value
