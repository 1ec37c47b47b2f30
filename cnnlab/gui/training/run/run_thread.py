"""One training run in a thread of its own, which the window steers between two batches."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMutex, QMutexLocker, QObject, QThread, QWaitCondition

from cnnlab.core.messages import Message
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
from cnnlab.engine.system.processor import cores
from cnnlab.gui.workers.qt_threads import message_of

if TYPE_CHECKING:
    from cnnlab.engine.runs.recorder import Taker
    from cnnlab.engine.training.run import Run

log = logging.getLogger(__name__)

LIVE_INTERVAL = 0.2
"""Seconds between two snapshots for the pictures, at least: to look through one and to paint what is seen takes some 10 ms."""
LIVE_SHARE = 0.04
"""The most of a run's time that such snapshots may take."""


@dataclass(frozen=True)
class TrainingJob:
    """What a run is to train, and which run it continues."""

    project: Project
    path: Path | None = None
    """The project's file; None while it lies in none."""
    resumes: Path | None = None
    """The folder of the run that is to go on; None for a new run."""
    continues: bool = False
    """Whether that run must have come as far as the project's weights. Where it is gone, a new run begins with them."""


Loader = Callable[[Project], Any]
"""A function from a project to its data set."""
Trainer = Callable[[TrainingJob, Any, tuple[int, ...]], "tuple[Run, Taker]"]
"""A function from a job, its data set and the thread counts to choose from to a run and what records it."""


class Until(StrEnum):
    """How far the thread goes before it waits."""

    END = "end"
    EPOCH = "epoch"
    BATCH = "batch"
    NOW = "now"
    """Paused: it waits before the next batch."""


def load_dataset(project: Project) -> Any:
    """The data set of ``project``. Raises ``DataError``."""
    from cnnlab.engine.data import datasets

    return datasets.of(project)


def train(job: TrainingJob, dataset: Any, threads: tuple[int, ...]) -> tuple[Run, Taker]:
    """The engine's run, recorded in a folder beside the project's file, or in the app's own while it lies in none."""
    from cnnlab.engine.runs import folder, recorder, resume
    from cnnlab.engine.training.run import Run

    project, checkpoint, root = job.project, None, folder.root(job.path)
    if job.resumes is not None:
        project, checkpoint = resume.prepare(job.resumes)
        if job.continues:
            resume.check_stands_at(job.project.weights.step, job.resumes, checkpoint)
        resume.check_data(job.resumes, dataset)
        root = job.resumes.parent
    run = Run(project, dataset, threads=threads, resume=checkpoint)
    try:
        return run, recorder.record(run, root, project_path=job.path)
    except BaseException:
        run.close()
        raise


def relocated(job: TrainingJob) -> TrainingJob:
    """``job`` with the folder of its run as it is now: that moves when the project is saved for the first time. Where it is gone,
    the job is one for a new run."""
    from cnnlab.engine.runs import folder

    if job.resumes is None or not job.continues or job.resumes.is_dir():
        return job
    moved = folder.root(job.path) / job.resumes.name
    return replace(job, resumes=moved) if moved.is_dir() else replace(job, resumes=None)


def run_folder(job: TrainingJob, run: str) -> Path:
    """The folder of the run with the id ``run``, which ``job`` has led to."""
    from cnnlab.engine.runs import folder

    return (folder.root(job.path) if job.resumes is None else job.resumes.parent) / run


def recorded_events(folder: Path) -> list[Event]:
    """All recorded events of a run, but for how its earlier parts ended."""
    from cnnlab.engine.runs.follower import Follower

    follower, recorded = Follower(folder), list[Event]()
    while events := follower.poll():
        recorded += [event for event in events if not isinstance(event, RunEnded)]
    return recorded


def thread_counts(project: Project) -> tuple[int, ...]:
    """How many threads a training may take: as many as the project's settings say, else all cores of this process or one less, and
    the run times both and keeps the better."""
    if project.training.threads:
        return (project.training.threads,)
    count = cores()
    return (count, count - 1) if count > 1 else (1,)


def take_cores(project: Project) -> None:
    """Let what this thread computes from now on, before a training too, take as many cores as the training may."""
    from cnnlab.engine.system.threads import keep_to

    keep_to(thread_counts(project)[0])


class RunThread(QThread):
    """Drives one run; its public methods are for the window's thread. What the run reports lies in ``events``, for a timer of the
    window to drain: a signal per batch would freeze the window. The last event is always a ``RunEnded``, whatever goes wrong."""

    def __init__(self, job: TrainingJob, load: Loader, trainer: Trainer, until: Until, parent: QObject) -> None:
        super().__init__(parent)
        self.job = job
        self.events: deque[Event] = deque()
        self._load = load
        self._trainer = trainer
        self._mutex = QMutex()
        self._changed = QWaitCondition()
        self.folder = Path()
        """The folder of the run's record, once it has started."""
        self.is_loaded = False
        """Whether the data were loaded."""
        self._until = until
        self._times = 1
        """How many batches or epochs it trains before it waits."""
        self._changes: deque[Change] = deque()
        self._stopping = False
        self._waiting = False
        self._live: Weights | None = None
        self._last = Event(run="", step=0, graph=job.project.graph.digest)
        self._next_live = 0.0
        self._epochs = 0

    @property
    def project(self) -> Project:
        """The project as it was when the run was asked for."""
        return self.job.project

    def go(self, until: Until) -> None:
        """Train as far as ``until`` says, then wait; ``Until.NOW`` pauses. Asked for a batch while one is in hand, it does one
        more, and so with epochs."""
        with QMutexLocker(self._mutex):
            if until is not Until.NOW:
                # Set here and not by the thread, so that whoever asked never reads an old "waiting".
                self._waiting = False
            self._times = self._times + 1 if until is self._until else 1
            self._until = until
            self._changed.wakeOne()

    def change(self, change: Change) -> None:
        """Other settings for the rest of the run, from the next batch; at once while it waits."""
        with QMutexLocker(self._mutex):
            # One by one, so that each is reported by one event.
            for field in fields(change):
                value = getattr(change, field.name)
                if value is not None:
                    self._changes.append(Change(**{field.name: value}))
                    self._waiting = False
            self._changed.wakeOne()

    def stop(self) -> None:
        """End the run after the batch in hand."""
        with QMutexLocker(self._mutex):
            self._stopping = True
            self._changed.wakeOne()

    @property
    def waiting(self) -> bool:
        """Whether it has come as far as it was to, and nothing is worked on."""
        with QMutexLocker(self._mutex):
            return self._waiting

    def take_live(self) -> Weights | None:
        """The newest snapshot since the last call, for pictures only; None if there is none."""
        with QMutexLocker(self._mutex):
            live, self._live = self._live, None
            return live

    def run(self) -> None:
        try:
            self._drive()
        except BaseException as error:
            log.info("run failed", exc_info=True)
            self._report_end(End.FAILED, message_of(error))
        else:
            if not isinstance(self._last, RunEnded):
                self._report_end(End.STOPPED, None)

    @property
    def begins_anew(self) -> bool:
        """Whether the run that was to go on is gone, so that this is another one."""
        return self.job.continues and self.job.resumes is None

    def _drive(self) -> None:
        take_cores(self.project)
        dataset = self._load(self.project)
        self.is_loaded = True
        if self._stop_wanted:
            return
        self.job = relocated(self.job)
        run, recorder = self._trainer(self.job, dataset, thread_counts(self.project))
        with closing(run), recorder:
            if self.job.resumes is not None:  # and may go on
                self.events.extend(recorded_events(self.job.resumes))
            for event in run.events():
                self._report(recorder.take(event))
                if self._reached(event):
                    if not isinstance(event, SettingChanged):  # which leaves the weights as they are
                        self._publish(run.weights(), event)
                    self._wait()
                elif isinstance(event, BatchDone) and time.perf_counter() >= self._next_live:
                    self._show(run)
                self._steer(run)

    def _publish(self, weights: Weights, event: Event) -> None:
        """Report the weights as they were at ``event``."""
        self._report(WeightsPublished(run=event.run, step=weights.step, graph=event.graph, weights=weights))

    def _show(self, run: Run) -> None:
        """Put a snapshot where pictures are made from; an older one that nobody took is dropped."""
        start = time.perf_counter()
        weights = run.weights()
        with QMutexLocker(self._mutex):
            self._live = weights
        now = time.perf_counter()
        self._next_live = now + max(LIVE_INTERVAL, (now - start) / LIVE_SHARE)

    def _reached(self, event: Event) -> bool:
        """Whether to wait after this event; if so, it waits until something else is asked for."""
        if isinstance(event, RunStarted):
            self._epochs = event.epochs
            self.folder = run_folder(self.job, event.run)
        with QMutexLocker(self._mutex):
            if self._stopping:
                return False
            if self._until is Until.NOW:
                return isinstance(event, (RunStarted, BatchDone, EpochDone, SettingChanged))
            reached = (self._until is Until.BATCH and isinstance(event, BatchDone)) or (
                # After the last epoch the run is over anyway; only its end measures the test pictures.
                self._until is Until.EPOCH and isinstance(event, EpochDone) and event.epoch < self._epochs
            )
            if reached:
                self._times -= 1
            if reached and not self._times:
                self._until = Until.NOW
                return True
            return False

    def _wait(self) -> None:
        with QMutexLocker(self._mutex):
            while self._until is Until.NOW and not self._stopping and not self._changes:
                self._waiting = True
                self._changed.wait(self._mutex)
            self._waiting = False

    def _steer(self, run: Run) -> None:
        """Hand on what is wanted of the run next."""
        with QMutexLocker(self._mutex):
            if self._stopping:
                run.stop()
            elif self._changes:
                run.change(self._changes.popleft())

    @property
    def _stop_wanted(self) -> bool:
        with QMutexLocker(self._mutex):
            return self._stopping

    def _report(self, event: Event) -> None:
        if isinstance(event, WeightsPublished):
            with QMutexLocker(self._mutex):
                self._live = None  # older than this
        self._last = event
        self.events.append(event)

    def _report_end(self, end: End, message: Message | None) -> None:
        last = self._last
        self._report(RunEnded(run=last.run, step=last.step, graph=last.graph, end=end, message=message))
