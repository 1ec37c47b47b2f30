"""The one place that starts, steers and ends training runs; the run bar, menus and curves only look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import (
    BatchDone,
    Change,
    End,
    EpochDone,
    Event,
    RunEnded,
    RunStarted,
    SettingChanged,
    WeightsPublished,
)
from cnnlab.core.runs.progress import RunProgress
from cnnlab.gui.document import Document
from cnnlab.gui.training.run.last_run import AsTrained, StoppedRun, record_is_gone, restarted_layers
from cnnlab.gui.training.run.run_thread import Loader, RunThread, Trainer, TrainingJob, Until, load_dataset, train

TICK = 50
"""Milliseconds between two looks at the events of the run."""
MAX_EVENTS = 5000
"""Events taken in one tick, at most: a run that is resumed brings all of its past at once."""


class TrainingState(StrEnum):
    """What training is doing."""

    IDLE = "idle"
    PREPARING = "preparing"
    """Pictures are read and the network is built."""
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    """Stop was asked for; the batch in hand is finished."""


class TrainingController(QObject):
    """Runs the training of a document: at most one run at a time, of the project as it was when the run started."""

    state_changed = Signal()
    progressed = Signal(object)
    """A ``RunProgress``, at most once in ``TICK`` ms."""
    started = Signal(object)
    """The run has begun: its ``RunStarted``."""
    batches_done = Signal(object)
    """A tuple of ``BatchDone``: all since the signal before."""
    epoch_done = Signal(object)
    """An epoch of the run is over: its ``EpochDone``."""
    setting_changed = Signal(object)
    """From now on the run goes by another setting: its ``SettingChanged``."""
    weights_published = Signal(object)
    """``Weights`` of the run as they are now, for pictures."""
    ended = Signal(object)
    """The run is over, and its thread gone: its ``RunEnded``."""
    notice = Signal(str)
    """A sentence for the person."""
    outdated_changed = Signal()
    forgotten = Signal()
    """Nothing of the last run is to be shown any more."""
    finished = Signal()
    """After ``close``: nothing runs any more."""

    def __init__(
        self,
        document: Document,
        parent: QObject | None = None,
        *,
        load: Loader = load_dataset,
        trainer: Trainer = train,
        before_start: Callable[[Callable[[], None]], None] = lambda start: start(),
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.state = TrainingState.IDLE
        self.progress = RunProgress()
        self.stopped = StoppedRun(document, self)
        """What ``train`` goes on with, if the project is still what it was then."""
        self.outdated = False
        """Whether the network was changed since the run in hand started."""
        self.before_start = before_start
        """What is asked before a run starts; it calls what it is given, or does not."""
        self.as_trained = AsTrained(self.document, self)
        self.started.connect(self.as_trained.forget)
        self.forgotten.connect(self.as_trained.forget)
        self.weights_published.connect(self.as_trained.take)
        self.ended.connect(self.as_trained.end)
        self._load = load
        self._trainer = trainer
        self._thread: RunThread | None = None
        self._run_id = ""
        self._until = Until.END
        """What was asked for last."""
        self._end: RunEnded | None = None
        self._last: Weights | None = None
        """What the run in hand has put into the project last."""
        self._turn = 0
        """Raised when what was asked for before no longer holds: a run began, or another project was opened."""
        self._closing = False
        self._forgotten = False
        """Whether the run in hand is of a project that is no longer open."""
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_timeout)
        document.edited.connect(self._on_edited)
        document.opened.connect(self._on_opened)

    def train(self) -> None:
        """Go on with the run that is paused or was stopped, else start a new one with the weights that there are."""
        self._go(Until.END)

    def one_batch(self) -> None:
        """Train one batch, then pause."""
        self._go(Until.BATCH)

    def one_epoch(self) -> None:
        """Train to the end of the epoch, then pause."""
        self._go(Until.EPOCH)

    def pause(self) -> None:
        """Wait before the next batch."""
        if self._thread is not None and self.state in (TrainingState.PREPARING, TrainingState.RUNNING):
            self._until = Until.NOW
            self._thread.go(Until.NOW)
            if self.state is TrainingState.RUNNING:
                self._set_state(TrainingState.PAUSED)

    def resume(self, folder: Path) -> None:
        """Go on with the run whose record lies in ``folder``, from its last checkpoint, bit by bit; the project must be
        the one that it trains."""
        if not self._closing and self._thread is None:
            self._when_ready(
                lambda: self._start(TrainingJob(self.document.project, self.document.path, folder), Until.END)
            )

    def change(self, change: Change) -> None:
        """Other settings for the rest of the run in hand; ``setting_changed`` follows when they hold."""
        if self._thread is not None:
            self._thread.change(change)
            self._timer.start()

    @property
    def run_id(self) -> str:
        """The id of the run in hand, or of the last one; empty before the first."""
        return self._run_id

    @property
    def began_without_file(self) -> bool:
        """Whether the run in hand began before its project lay in a file: it is recorded among those without one."""
        return self._thread is not None and self._thread.job.path is None

    @property
    def in_training(self) -> Project | None:
        """What the run in hand trains: the project as it was when the run started. None while nothing runs."""
        return None if self._thread is None or self._forgotten else self._thread.project

    @property
    def is_stepping(self) -> bool:
        """Whether the run in hand pauses again after some batches."""
        return self._thread is not None and self._until is Until.BATCH

    def stop(self) -> None:
        """End the run after the batch in hand; its weights are kept."""
        if self._thread is not None and self.state is not TrainingState.STOPPING:
            self._thread.stop()
            self._timer.start()
            self._set_state(TrainingState.STOPPING)

    def forget(self) -> None:
        """Another project was opened: nothing of the last run is shown. A run still going on is stopped, and what it
        reports from now on is dropped: its weights belong to the project before."""
        self._end = None
        if self._thread is not None:
            self._forgotten = True
            self.stop()
        self.progress = RunProgress()
        self.progressed.emit(self.progress)
        self._on_edited()
        self.state_changed.emit()
        self.forgotten.emit()

    def close(self) -> None:
        """End whatever runs, without waiting for it: ``finished`` follows, at once if nothing runs."""
        if self._thread is None:
            self.finished.emit()
        else:
            self._closing = True
            self.stop()

    def _go(self, until: Until) -> None:
        if self._closing:
            return
        if self._thread is None:
            self._when_ready(lambda: self._start(self._next(), until))
        elif self.state in (TrainingState.PREPARING, TrainingState.PAUSED, TrainingState.RUNNING):
            self._until = until
            self._thread.go(until)
            self._timer.start()
            if self.state is TrainingState.PAUSED:
                self._set_state(TrainingState.RUNNING)

    def _next(self) -> TrainingJob:
        """What comes when nothing runs: the rest of the run that was stopped, or a new run."""
        resumes = self.stopped.folder
        return TrainingJob(self.document.project, self.document.path, resumes, continues=resumes is not None)

    def _when_ready(self, start: Callable[[], None]) -> None:
        """Do ``start`` when nothing stands before a run any more: the pictures may have to be fetched, which takes minutes."""
        turn = self._turn
        self.before_start(lambda: start() if turn == self._turn else None)

    def _start(self, job: TrainingJob, until: Until) -> None:
        self._turn += 1
        self._end = None
        self._until = until
        self._last = None
        self.progress = RunProgress(step_size=job.project.training.step_size)
        self._thread = RunThread(job, self._load, self._trainer, until, self)
        self._thread.finished.connect(self._on_thread_finished)
        self._thread.start()
        self._timer.start()
        self._set_state(TrainingState.PREPARING)

    def _on_timeout(self) -> None:
        thread = self._thread
        if thread is None:
            return
        # Asked before the queue is emptied: once it waits, nothing more is put there.
        waiting = thread.waiting
        self._drain(thread)
        if waiting and not thread.events and self.state is not TrainingState.STOPPING:
            self._timer.stop()
            self._set_state(TrainingState.PAUSED)

    def _drain(self, thread: RunThread) -> None:
        if self._forgotten:
            thread.events.clear()
            return
        batches: list[BatchDone] = []
        before = self.progress
        left = MAX_EVENTS
        while thread.events and left:
            event = thread.events.popleft()
            left -= 1
            self.progress = self.progress.after(event)
            if isinstance(event, BatchDone):
                batches.append(event)
            else:
                self._announce_batches(batches)
                self._on_event(event)
        self._announce_batches(batches)
        live = thread.take_live()
        if live is not None:
            self.weights_published.emit(live)
        if self.progress is not before:
            self.progressed.emit(self.progress)

    def _announce_batches(self, batches: list[BatchDone]) -> None:
        if batches:
            self.batches_done.emit(tuple(batches))
            batches.clear()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            if self.state is TrainingState.PREPARING:
                self._set_state(TrainingState.RUNNING)
            self._run_id = event.run
            self.started.emit(event)
            if self._thread is not None and self._thread.begins_anew:
                self.notice.emit(record_is_gone(event))
            if (
                self._thread is not None and self._thread.job.resumes is None and event.restarted
            ):  # else it was said before
                self.notice.emit(restarted_layers(event))
        elif isinstance(event, EpochDone):
            self.epoch_done.emit(event)
        elif isinstance(event, WeightsPublished):
            self._last = event.weights
            self.document.take_weights(event.weights)
            self.weights_published.emit(event.weights)
        elif isinstance(event, SettingChanged):
            self.setting_changed.emit(event)
        elif isinstance(event, RunEnded):
            self._end = event

    def _on_opened(self) -> None:
        self._turn += 1

    def _on_edited(self) -> None:
        thread = self._thread
        outdated = (
            thread is not None and not self._forgotten and _network(thread.project) != _network(self.document.project)
        )
        if outdated != self.outdated:
            self.outdated = outdated
            self.outdated_changed.emit()

    def _on_thread_finished(self) -> None:
        thread = self._thread
        if thread is None:
            return
        thread.wait()
        while thread.events:
            self._drain(thread)
        self._timer.stop()
        self._thread = None
        self._forgotten = False
        self._remember(thread)
        thread.deleteLater()
        self._on_edited()
        self._set_state(TrainingState.IDLE)
        if self._end is not None:
            self.ended.emit(self._end)
        if self._closing:
            self._closing = False
            self.finished.emit()

    def _remember(self, thread: RunThread) -> None:
        """Keep in mind what can go on now that a run has ended."""
        ended = self._end
        if ended is not None and ended.end is End.STOPPED:
            if self._last is not None:  # else it was stopped before it began
                self.stopped.remember(thread.folder, replace(thread.project, weights=self._last))
        elif ended is not None and (ended.run or (thread.is_loaded and thread.job.resumes is not None)):
            self.stopped.forget()

    def _set_state(self, state: TrainingState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit()


def _network(project: Project) -> tuple[str, object]:
    """What is trained: the layers, and which of them learn."""
    return project.graph.digest, project.learning
