"""How far a run is and how good, kept up from its events."""

from __future__ import annotations

import time

from cnnlab.core.events import BatchDone, End, EpochDone, Event, RunEnded, RunStarted, SettingChanged, ThreadsChosen
from cnnlab.core.run_summary import RunState
from cnnlab.engine.runs.documents import FigureFields, Heartbeat, readable
from cnnlab.engine.runs.owners import this_process

_STATES = {End.COMPLETED: RunState.COMPLETED, End.STOPPED: RunState.STOPPED, End.FAILED: RunState.FAILED}


class Progress:
    """The latest of everything. ``note`` is for the thread that trains, ``heartbeat`` for any."""

    def __init__(self, run: str, before: Heartbeat | None = None) -> None:
        """``before``: how the run stood at the checkpoint that it goes on from."""
        owner = this_process()
        if before is None:
            self._told = Heartbeat(run=run, time=0.0, owner=owner, state=RunState.RUNNING)
        else:
            self._told = before.model_copy(update={"owner": owner, "state": RunState.RUNNING, "message": ""})
        self._batch: BatchDone | None = None

    @property
    def seconds(self) -> float:
        """Of work, up to where ``before`` stood."""
        return self._told.seconds

    def note(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, BatchDone):
            self._batch = event
            return
        changed: dict[str, object] = {}
        match event:
            case RunStarted() | ThreadsChosen():
                changed = {"threads": event.threads}
            case SettingChanged(name="threads"):
                changed = {"threads": int(event.after)}
            case EpochDone():
                changed = _after_epoch(event)
            case RunEnded():
                changed = _at_end(event)
        self._told = self._told.model_copy(update={"step": event.step, **changed})

    def heartbeat(self, seconds: float, *, is_held: bool = False) -> Heartbeat:
        """How the run stands after ``seconds`` of work; ``is_held``: its driver lets it wait."""
        told, batch = self._told, self._batch
        changed: dict[str, object] = {"time": time.time(), "seconds": seconds}
        if is_held and told.state is RunState.RUNNING:
            changed["state"] = RunState.PAUSED
        if batch is not None:
            changed |= {
                "step": max(batch.step, told.step),
                "images_per_second": batch.images_per_second,
                "latest": FigureFields(loss=batch.loss, accuracy=batch.accuracy, error=batch.error),
            }
        return told.model_copy(update=changed)

    def broke(self, state: RunState, message: str) -> None:
        """The run ended without saying so itself."""
        self._told = self._told.model_copy(update={"state": state, "message": readable(message)})


def _after_epoch(event: EpochDone) -> dict[str, object]:
    validation = FigureFields(
        loss=event.validation_loss, accuracy=event.validation_accuracy, error=event.validation_error
    )
    training = FigureFields(loss=event.loss, accuracy=event.accuracy, error=event.error)
    changed: dict[str, object] = {"epoch": event.epoch, "validation": validation}
    if event.is_best:
        # Where nothing is held out the run itself judges by the training loss.
        judged = training if event.validation_loss is None else validation
        changed |= {"best": judged, "best_epoch": event.epoch}
    return changed


def _at_end(event: RunEnded) -> dict[str, object]:
    changed: dict[str, object] = {"state": _STATES[event.end], "early": event.early}
    if event.message is not None:
        changed["message"] = readable(str(event.message)[:4000])
    if event.test is not None:
        changed["test"] = FigureFields(loss=event.test.loss, accuracy=event.test.accuracy, error=event.test.error)
    elif event.test_accuracy is not None:
        changed["test"] = FigureFields(accuracy=event.test_accuracy)
    return changed
