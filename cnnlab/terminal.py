"""A training run in a terminal: a progress bar, Ctrl+C, and weights that reach the file."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType, TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cnnlab.core.events import (
    BatchDone,
    Command,
    End,
    EpochDone,
    Event,
    Measuring,
    RunEnded,
    RunStarted,
    Split,
    WeightsPublished,
)
from cnnlab.core.messages import text as _
from cnnlab.core.project import Project, Weights
from cnnlab.engine.archive import Opened, ProjectError, save
from cnnlab.engine.data import datasets
from cnnlab.engine.training import loop


class Interruption:
    """Whether Ctrl+C was pressed."""

    asked = False


@contextmanager
def interruptible() -> Generator[Interruption]:
    """The first Ctrl+C inside only sets ``asked``, so that the batch in hand is finished and saved; the second ends the
    program as usual."""
    interruption = Interruption()
    before = signal.getsignal(signal.SIGINT)

    def note(_number: int, _frame: FrameType | None) -> None:
        interruption.asked = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)


def run(project: Project, path: Path, opened: Opened, interruption: Interruption) -> RunEnded:
    """Train ``project``, which was made from what was ``opened`` at ``path``, and save its weights there after each epoch
    and at the end. Raises ``TrainingError``, ``DataError``, ``ProjectError``."""
    file = TrainedFile(path, opened, project.weights)
    events = loop.train(project, datasets.load(project.data))
    event = next(events)
    with RunDisplay(project.training.epochs) as display, closing(events):
        while not isinstance(event, RunEnded):
            display.show(event)
            if isinstance(event, WeightsPublished) and event.step > project.weights.step:
                moved = file.keep(event.weights)
                if moved:
                    display.say(moved)
            event = events.send(Command.STOP if interruption.asked else None)
        if event.end is End.STOPPED:
            display.say(
                _("Stopped at step {step}; its weights are in “{path}”.", step=f"{event.step:,}", path=file.path)
            )
        return event


def percent(share: float) -> str:
    """``98.61 %``."""
    return f"{100 * share:.2f} %"


class RunDisplay:
    """Shows a run on standard error, so that standard output holds results only: a bar, and a line for each epoch, of
    which the lines alone remain where there is no terminal."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
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

    def __enter__(self) -> RunDisplay:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, words: str) -> None:
        """One line above the bar."""
        self._progress.console.print(words)

    def show(self, event: Event) -> None:
        """What an event changes in the picture."""
        match event:
            case RunStarted():
                self._progress.update(self._task, total=event.epochs * event.batches)
                if event.step:
                    self.say(_("Training goes on from step {step}.", step=f"{event.step:,}"))
                if event.restarted:
                    self.say(
                        _("These layers have changed and start afresh: {layers}.", layers=", ".join(event.restarted))
                    )
            case BatchDone():
                figures = _(
                    "loss {loss}  accuracy {accuracy}  {rate} images/s",
                    loss=f"{event.loss:.4f}",
                    accuracy=f"{100 * event.accuracy:5.1f} %",
                    rate=f"{event.images_per_second:,.0f}",
                )
                description = _("epoch {epoch}/{epochs}", epoch=event.epoch, epochs=self._epochs)
                self._progress.update(self._task, advance=1, description=description, figures=figures)
            case Measuring():
                words = _("validating") if event.split is Split.VALIDATION else _("testing")
                self._progress.update(self._task, figures=f"{words} {event.done:,}/{event.total:,}")
            case EpochDone():
                self.say(
                    _(
                        "epoch {epoch}/{epochs}: loss {loss}, accuracy {accuracy}; validation loss {validation_loss}, "
                        "accuracy {validation_accuracy}; {seconds} s",
                        epoch=event.epoch,
                        epochs=self._epochs,
                        loss=f"{event.loss:.4f}",
                        accuracy=percent(event.accuracy),
                        validation_loss=f"{event.validation_loss:.4f}",
                        validation_accuracy=percent(event.validation_accuracy),
                        seconds=f"{event.seconds:.1f}",
                    )
                )


class TrainedFile:
    """The project file that a run writes its weights into; everything else in it stays as it was opened."""

    def __init__(self, path: Path, opened: Opened, base: Weights) -> None:
        self.path = path
        self._project: Project = replace(opened.project, weights=base)
        self._stamp = opened.stamp
        self._runs = opened.runs

    def keep(self, weights: Weights) -> str | None:
        """Save ``weights``. Where another program has changed the file meanwhile, its version stays, the weights go
        into a new file beside it, and the sentence that says so is returned. Raises ``ProjectError``."""
        project = replace(self._project, weights=self._project.weights.updated(weights))
        moved = None
        try:
            self._stamp = save(project, self.path, expected=self._stamp, runs=self._runs)
        except ProjectError as error:
            if error.code != "changed":
                raise
            self.path = _free_beside(self.path)
            self._stamp = save(project, self.path, runs=self._runs)
            moved = _("{reason} The weights are saved in “{path}” instead.", reason=error.message, path=self.path)
        self._project = project
        return moved


def _free_beside(path: Path) -> Path:
    number = 2
    while (other := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return other
