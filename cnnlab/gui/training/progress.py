"""How far a run is, as one frozen value that the run bar can show without asking anything else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnlab.core.events import BatchDone, EpochDone, Event, RunStarted

SMOOTHING = 0.9
"""How much of the running mean each batch leaves standing: the figures shown are of about the last 10 batches."""

STEADY = 1.0
"""Seconds of work after the first batch before the time left is told: that batch may take as long as a hundred others,
and the speed is a mean over a second."""


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
    error: float | None = None
    """Mean absolute error of the training batches, smoothed, where the task is a number."""
    validation_accuracy: float | None = None
    """After the last whole epoch of this run."""
    validation_error: float | None = None
    images_per_second: float | None = None
    seconds_left: float | None = None
    """Until the last epoch is done, at the present speed; None until that is steady."""
    seen: int = 0
    """Pictures that the run had behind it when it was begun or gone on with."""
    warm_up: float = 0.0
    """Seconds that the first batch since then took."""
    worked: float = 0.0
    """Seconds that all pictures since then take at the present speed."""
    first: int = 0
    """Steps that the weights had behind them when the run began."""
    steps: int = 0
    """Done in this run."""
    total: int = 0
    """That the run is to make."""

    @property
    def share(self) -> float:
        """Of the whole run, 0…1."""
        return self.steps / self.total if self.total else 0.0


def advanced(progress: Progress, event: Event, batch_size: int) -> Progress:
    """``progress`` after one more event of a run whose batches hold ``batch_size`` pictures."""
    if isinstance(event, RunStarted):
        # A run that is resumed tells its past first; without that its first step is not known.
        past = progress if event.resumed and progress.epochs else Progress(first=event.step)
        return Progress(
            device=event.device,
            epoch=past.epoch,
            epochs=event.epochs,
            batch=past.batch,
            batches=event.batches,
            loss=past.loss,
            accuracy=past.accuracy,
            error=past.error,
            validation_accuracy=past.validation_accuracy,
            validation_error=past.validation_error,
            first=past.first,
            steps=event.step - past.first,
            total=event.steps or event.epochs * event.batches,
        )
    if isinstance(event, BatchDone):
        batches = max(progress.batches, 1)
        steps = event.step - progress.first
        left = max(progress.total - steps, 0) * batch_size
        speed = event.images_per_second
        is_first = progress.images_per_second is None
        seen = max(event.images - batch_size, 0) if is_first else progress.seen
        worked = (event.images - seen) / speed if speed else 0.0
        warm_up = worked if is_first else progress.warm_up
        # It falls when the mean lets go of a slow first batch, a second of work after that.
        steady = progress.seconds_left is not None or worked < progress.worked or worked - warm_up >= STEADY
        return replace(
            progress,
            steps=steps,
            epoch=event.epoch,
            batch=steps - (event.epoch - 1) * batches,
            loss=smoothed(progress.loss, event.loss),
            accuracy=_smoothed(progress.accuracy, event.accuracy),
            error=_smoothed(progress.error, event.error),
            images_per_second=speed,
            seen=seen,
            seconds_left=left / speed if steady and speed else None,
            warm_up=warm_up,
            worked=worked,
        )
    if isinstance(event, EpochDone):
        return replace(
            progress,
            validation_accuracy=event.validation_accuracy,
            validation_error=event.validation_error,
        )
    return progress


def smoothed(mean: float | None, value: float) -> float:
    """The running mean after ``value``."""
    return value if mean is None else SMOOTHING * mean + (1 - SMOOTHING) * value


def _smoothed(mean: float | None, value: float | None) -> float | None:
    return mean if value is None else smoothed(mean, value)
