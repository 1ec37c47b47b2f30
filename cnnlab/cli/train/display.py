"""A training run as a terminal shows it: a progress bar, and a line for what stays."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import error_figure, loss_figure, percent, plain, whole
from cnnlab.core.runs.events import (
    BatchDone,
    End,
    EpochDone,
    Event,
    Measuring,
    RunEnded,
    RunStarted,
    SettingChanged,
    Split,
    ThreadsChosen,
)
from cnnlab.core.runs.progress import RunProgress
from cnnlab.core.runs.summary import RunState
from cnnlab.core.training.settings import LIVE_PARAMS


class Quiet:
    """Shows nothing: what a process shows that is not the first of several."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing."""

    def show(self, event: Event) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""


class RunDisplay(Quiet):
    """Shows a run on standard error, so that standard output holds results only: a bar, and a line for each epoch, of
    which the lines alone remain where there is no terminal."""

    def __init__(self, began: int | None = None, unit: str = "") -> None:
        """``began`` is the step at which the run began; without it, that of its first ``RunStarted``. ``unit`` is that of a task
        whose answer is a number."""
        self._run = RunProgress(first=began)
        self._unit = unit
        console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, figures="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        self._progress.console.print(text)

    def note(self, text: str) -> None:
        """Show ``text`` beside the bar, until something newer is there."""
        self._progress.update(self._task, figures=text)

    def show(self, event: Event) -> None:
        """Show what ``event`` changes."""
        self._run = run = self._run.after(event)
        match event:
            case RunStarted():
                self._started(event)
            case BatchDone():
                description = _("epoch {epoch}/{epochs}", epoch=event.epoch, epochs=run.epochs)
                self._progress.update(self._task, completed=run.steps, description=description)
                speed = event.images_per_second
                rate = "" if speed is None else _("{rate} images/s", rate=whole(speed))
                self.note("  ".join([self._figures(event.loss, event.accuracy, event.error), rate]))
            case Measuring():
                text = _("validating") if event.split is Split.VALIDATION else _("testing")
                self.note(f"{text} {whole(event.done)}/{whole(event.total)}")
            case EpochDone():
                self.say(self._epoch(event))
            case SettingChanged():
                label = LIVE_PARAMS[event.name].label
                self.say(
                    _(
                        "step {step}: {label} changed from {before} to {after}",
                        step=whole(event.step),
                        label=label,
                        before=plain(event.before),
                        after=plain(event.after),
                    )
                )
            case ThreadsChosen():
                self.say(_("{threads} threads are the fastest.", threads=event.threads))
            case RunEnded(early=True):
                self.say(
                    _(
                        "Stopped early, because validation did not improve; the weights of step {step} were the best and are "
                        "kept.",
                        step=whole(event.step),
                    )
                )
            case RunEnded(end=End.COMPLETED) if run.total < run.epochs * run.batches:
                self.say(_("Ended at the maximum number of steps: {extent}.", extent=self._extent(run.total)))

    def _started(self, event: RunStarted) -> None:
        self._progress.update(self._task, total=event.steps, completed=self._run.steps)
        pictures = _("pictures read batch by batch") if event.streamed else _("pictures in memory")
        parts = [event.device, event.precision, _("threads: {count}", count=event.threads), pictures]
        if event.processes > 1:
            parts.append(_("{count} processes", count=event.processes))
        self.say(_("Run {id}: {facts}.", id=event.run, facts=", ".join(parts)))
        if event.step:
            self.say(_("Training continues from step {step}.", step=whole(event.step)))
        if event.restarted:
            self.say(
                _(
                    "These layers have changed and start from random weights: {layers}.",
                    layers=", ".join(event.restarted),
                )
            )

    def _epoch(self, event: EpochDone) -> str:
        run = self._run
        name = _("epoch {epoch}/{epochs}", epoch=event.epoch, epochs=run.epochs)
        if run.steps < event.epoch * run.batches:
            name = _("{epoch}, {extent}", epoch=name, extent=self._extent(run.steps))
        parts = [_("{epoch}: {figures}", epoch=name, figures=self._figures(event.loss, event.accuracy, event.error))]
        held_out = event.validation_loss, event.validation_accuracy, event.validation_error
        if any(figure is not None for figure in held_out):
            figures = self._figures(*held_out)
            parts.append(_("validation {figures}", figures=figures))
        parts.append(_("{seconds} s", seconds=f"{event.seconds:.1f}"))
        return "; ".join(parts) + (_(" (best so far)") if event.is_best else "")

    def _figures(self, loss: float | None, accuracy: float | None, error: float | None) -> str:
        """Loss, accuracy and error, those that a task has, as one text."""
        parts = [loss_text(loss)]
        if accuracy is not None:
            parts.append(_("accuracy {share}", share=percent(accuracy, 2)))
        if error is not None:
            parts.append(mean_error(error, self._unit))
        return ", ".join(parts)

    def _extent(self, done: int) -> str:
        """``20 of 860 steps``: how many of the steps that all epochs would take."""
        return extent(done, self._run.epochs * self._run.batches)


def loss_text(loss: float | None) -> str:
    """``loss 0.0812``, of something that was measured."""
    return _("loss NaN or infinite") if loss is None else _("loss {loss}", loss=loss_figure(loss))


def mean_error(error: float, unit: str) -> str:
    """``mean absolute error 10.650°``."""
    return _("mean absolute error {error}", error=error_figure(error, unit))


def state_text(state: RunState) -> str:
    """The state of a run in a word, which files may spell otherwise."""
    return _("interrupted") if state is RunState.INTERRUPTED else state.value


def extent(done: int, steps: int) -> str:
    """``20 of 860 steps``."""
    return _("{done} of {steps} steps", done=whole(done), steps=whole(steps))
