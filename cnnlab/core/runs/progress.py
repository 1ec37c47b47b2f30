"""How far a run is and how good, by what it told so far: what window, terminal and the record of a run all go by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnlab.core.runs.events import (
    BatchDone,
    End,
    EpochDone,
    Event,
    RunEnded,
    RunStarted,
    SettingChanged,
    ThreadsChosen,
)
from cnnlab.core.runs.summary import Figures, RunState

SMOOTHING = 0.9
"""How much of the running mean each batch leaves standing: what is smoothed is of about the last 10 batches."""
STEADY = 1.0
"""Seconds of work after the first batch before the time left is told: that batch may take as long as a hundred others,
and the speed is a mean over a second."""
_NONE = Figures()
_STATES = {End.COMPLETED: RunState.COMPLETED, End.STOPPED: RunState.STOPPED, End.FAILED: RunState.FAILED}


@dataclass(frozen=True)
class Pace:
    """How fast a run goes since it was begun or gone on with."""

    images_per_second: float | None = None
    """Over the last second or so of work; None before the first batch."""
    seconds_left: float | None = None
    """Until the last step is done, at the present speed; None until that is steady."""
    seen: int = 0
    """Training pictures that lay behind the run then."""
    warm_up: float = 0.0
    """Seconds that its first batch since then took."""
    worked: float = 0.0
    """Seconds that all pictures since then take at the present speed."""

    def after(self, step: BatchDone, step_size: int, left: int) -> Pace:
        """The pace after ``step``, of ``step_size`` pictures, with ``left`` more to come."""
        speed = step.images_per_second
        is_first = self.images_per_second is None
        seen = max(step.images - step_size, 0) if is_first else self.seen
        worked = (step.images - seen) / speed if speed else 0.0
        warm_up = worked if is_first else self.warm_up
        # It falls when the mean lets go of a slow first batch, a second of work after that.
        steady = self.seconds_left is not None or worked < self.worked or worked - warm_up >= STEADY
        return Pace(speed, left * step_size / speed if steady and speed else None, seen, warm_up, worked)


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """A run after some of its events. None stands for "not known"."""

    step_size: int = 1
    """Pictures that make a step."""
    state: RunState = RunState.RUNNING
    message: str = ""
    """What happened to a run that failed."""
    device: str = ""
    threads: int = 0
    first: int | None = None
    """Steps that the weights had behind them when the run began."""
    step: int = 0
    """Steps that its training has behind it, those included."""
    total: int = 0
    """Steps that the run is to make."""
    epoch: int = 0
    """The one in hand, from 1; 0 before the first batch."""
    epochs: int = 0
    """That were asked for."""
    epochs_done: int = 0
    batches: int = 0
    """In one epoch."""
    pace: Pace = Pace()
    latest: Figures = _NONE
    """Figures of the last batch."""
    smoothed: Figures = _NONE
    """Running means over the training batches."""
    validation: Figures = _NONE
    """After the last whole epoch."""
    best: Figures = _NONE
    """By which the run judged the epoch that is its best so far."""
    best_epoch: int = 0
    """0 before the first epoch is done."""
    test: Figures = _NONE
    """Figures of a completed run on the test pictures."""
    early: bool = False
    """Whether a completed run ended before its last epoch, because validation no longer got better."""

    @property
    def steps(self) -> int:
        """Done in this run."""
        return self.step - (self.first or 0)

    @property
    def share(self) -> float:
        """The part of the whole run that is done, 0…1."""
        return self.steps / self.total if self.total else 0.0

    def after(self, event: Event) -> RunProgress:
        """The progress of the run once it has told ``event``."""
        match event:
            case BatchDone():
                return self._after_batch(event)
            case RunStarted():
                return self._begun(event)
            case ThreadsChosen():
                return replace(self, threads=event.threads)
            case SettingChanged(name="threads"):
                return replace(self, threads=int(event.after))
            case EpochDone():
                return self._after_epoch(event)
            case RunEnded():
                return self._ended(event)
        return self

    def _begun(self, event: RunStarted) -> RunProgress:
        # A run that goes on tells its past first; without that its first step is not known.
        past = self if event.resumed and self.first is not None else RunProgress(step_size=self.step_size)
        return replace(
            past,
            state=RunState.RUNNING,
            message="",
            device=event.device,
            threads=event.threads,
            first=event.step if past.first is None else past.first,
            step=event.step,
            total=event.steps,
            epochs=event.epochs,
            batches=event.batches,
            pace=Pace(),
        )

    def _after_batch(self, event: BatchDone) -> RunProgress:
        left = max(self.total + (self.first or 0) - event.step, 0)
        return replace(
            self,
            step=event.step,
            epoch=event.epoch,
            pace=self.pace.after(event, self.step_size, left),
            latest=Figures(event.loss, event.accuracy, event.error),
            smoothed=_smoothed(self.smoothed, event),
        )

    def _after_epoch(self, event: EpochDone) -> RunProgress:
        validation = Figures(event.validation_loss, event.validation_accuracy, event.validation_error)
        progress = replace(self, step=event.step, epochs_done=event.epoch, validation=validation)
        if not event.is_best:
            return progress
        # Where nothing is held out the run itself judges by the training loss.
        judged = Figures(event.loss, event.accuracy, event.error) if event.validation_loss is None else validation
        return replace(progress, best=judged, best_epoch=event.epoch)

    def _ended(self, event: RunEnded) -> RunProgress:
        test = event.test
        return replace(
            self,
            state=_STATES[event.end],
            early=event.early,
            message=str(event.message or ""),
            test=Figures(test.loss, test.accuracy, test.error) if test else Figures(accuracy=event.test_accuracy),
        )


def smoothed(mean: float | None, value: float) -> float:
    """The running mean after ``value``."""
    return value if mean is None else SMOOTHING * mean + (1 - SMOOTHING) * value


def _smoothed(means: Figures, event: BatchDone) -> Figures:
    loss = smoothed(means.loss, event.loss)
    accuracy = means.accuracy if event.accuracy is None else smoothed(means.accuracy, event.accuracy)
    error = means.error if event.error is None else smoothed(means.error, event.error)
    return Figures(loss, accuracy, error)
