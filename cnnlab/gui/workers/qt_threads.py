"""Threads, and nothing but threads: work comes in as a function and a value, results leave as signals.

Rules measured on PySide6: subclass ``QThread`` and keep the signals on it (with ``moveToThread`` lambdas ran in the worker);
connect only methods of QObjects; never drop the last reference of a running thread; never ``terminate``.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QCoreApplication, QMutex, QMutexLocker, QObject, QThread, QTimer, QWaitCondition, Signal

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.gui.workers.turns import Job, Rank, Turns

log = logging.getLogger(__name__)


def message_of(error: BaseException) -> Message:
    """A message for people about ``error``: that of a ``Refusal``; for any other, that something in cnnlab failed."""
    if isinstance(error, Refusal):
        return error.message
    return _(
        "Something in cnnlab failed ({kind}: {detail}). Your project is unchanged. Save it under a new name and report this.",
        kind=type(error).__name__,
        detail=str(error).split("\n")[0][:200],
    )


def keep_to_one_core() -> None:
    """Whatever torch computes in this thread from now on, a training beside it keeps its speed. Call it again where torch may
    have been loaded since."""
    if hasattr(sys.modules.get("torch"), "get_num_threads"):  # loading it here would take a second or two
        from cnnlab.engine.system.threads import keep_to

        keep_to(1)


class Task(QThread):
    """One piece of work, once. ``done`` carries its result, ``failed`` the exception; exactly one of the two comes."""

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, work: Callable[[], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work

    def run(self) -> None:
        try:
            keep_to_one_core()
            result = self._work()
        except BaseException as error:
            log.info("task failed", exc_info=True)
            self.failed.emit(error)
        else:
            self.done.emit(result)


Work = Callable[[], Any]
Done = Callable[[Any], None]
Failed = Callable[[BaseException], None]


class OneAtATime(QObject):
    """Pieces of work of one kind, of which only one is in hand at a time; the others wait in the order in which they came."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[Work, Done, Failed]] = deque()
        self._task: Task | None = None
        self._done: Done = lambda result: None
        self._failed: Failed = lambda error: None
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """Whether something is in hand or waits."""
        return self._task is not None or bool(self._waiting)

    def run(self, work: Work, done: Done, failed: Failed) -> None:
        """Do ``work`` in a thread when its turn comes, then call ``done`` or ``failed`` in this one."""
        if not self._closed:
            self._waiting.append((work, done, failed))
            self._begin()

    def close(self) -> None:
        """Let what is in hand come to its end; nothing more is begun, and nothing is called any more."""
        self._closed = True
        self._waiting.clear()
        if self._task is not None:
            self._task.done.disconnect(self._on_done)
            self._task.failed.disconnect(self._on_failed)
            self._end()

    def _begin(self) -> None:
        if self._task is None and self._waiting:
            work, self._done, self._failed = self._waiting.popleft()
            self._task = Task(work, self)
            self._task.done.connect(self._on_done)
            self._task.failed.connect(self._on_failed)
            self._task.start()

    def _on_done(self, result: Any) -> None:
        self._finish(self._done, result)

    def _on_failed(self, error: BaseException) -> None:
        self._finish(self._failed, error)

    def _finish(self, then: Callable[[Any], None], outcome: Any) -> None:
        self._end()
        try:
            then(outcome)
        finally:
            self._begin()

    def _end(self) -> None:
        if self._task is not None:
            self._task.wait()  # the signal is its last act
            self._task.deleteLater()
            self._task = None


class Processor(QThread):
    """The thread that computes beside a training, whoever wants it: one step of one job at a time, in the order of ``Rank``.

    What is more urgent comes next; what it interrupts rests and goes on afterwards. So that nothing waits long, work of more than
    50 ms is a generator, which yields between its steps: not within a mode of torch's, which would hold for others meanwhile.
    What waits for a disk has a thread of its own instead (``LatestWorker``, ``OneAtATime``)."""

    ended = Signal(object, object, object)
    """(job, result, exception or None), for the lanes. Not on the lane itself, which may be gone by then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mutex = QMutex()
        self._arrived = QWaitCondition()
        self._turns = Turns()
        self._is_news = False
        """Whether it may be another's turn. Read without the lock, which would let the window's thread in at every step."""
        self._closing = False

    @property
    def is_closed(self) -> bool:
        """Whether it is closed, and announces nothing any more."""
        return self._closing

    def add(self, job: Job) -> None:
        """Have ``job`` done, whose kind is a ``Lane``; starts the thread at the first one. After ``close`` nothing is added."""
        if self._closing:
            return
        with QMutexLocker(self._mutex):
            self._turns.add(job)
            self._tell()
        if not self.isRunning():
            self.start()

    def drop(self, lane: Lane) -> None:
        """Forget what a lane asked for."""
        with QMutexLocker(self._mutex):
            self._turns.drop(lane)
            self._tell()

    def close(self) -> None:
        """Let the step in hand come to its end, and give up the rest; nothing is announced any more."""
        with QMutexLocker(self._mutex):
            self._closing = True
            self._turns.drop_all()
            self._tell()
        self.wait()

    def run(self) -> None:
        while (job := self._next()) is not None:
            if job.is_dropped:
                _give_up(job)
            else:
                self._work_on(job)

    def _tell(self) -> None:
        self._is_news = True
        self._arrived.wakeOne()

    def _next(self) -> Job | None:
        with QMutexLocker(self._mutex):
            self._is_news = False
            while (job := self._turns.next()) is None and not self._closing:
                self._arrived.wait(self._mutex)
            return job

    def _work_on(self, job: Job) -> None:
        """Take a step, and more until there is news."""
        error: BaseException | None = None
        result = None
        try:
            next(job.steps)
            while not self._is_news:
                next(job.steps)
            return
        except StopIteration as end:
            result = end.value
        except BaseException as caught:
            log.info("request failed", exc_info=True)
            error = caught
        with QMutexLocker(self._mutex):
            self._turns.finish(job)
        self.ended.emit(job, result, error)


def _give_up(job: Job) -> None:
    try:
        job.steps.close()
    except BaseException:
        log.info("work that was given up failed", exc_info=True)


def _in_steps(work: Callable[[Any], Any], request: Any) -> Generator[Any, None, Any]:
    """``work`` on ``request`` as a generator, whether it is one or a function, which is a single step."""
    keep_to_one_core()
    result = work(request)
    return (yield from result) if isinstance(result, Generator) else result


class Lane(QObject):
    """One kind of work for a ``Processor``. Only the latest request counts; ``finishes`` lets the one in hand come to its end
    nevertheless, unless the newer one is more urgent.

    ``done`` carries (request, result), ``failed`` (request, exception): neither comes for a request that was dropped."""

    done = Signal(object, object)
    failed = Signal(object, object)

    def __init__(
        self,
        processor: Processor,
        rank: Rank,
        work: Callable[[Any], Any],
        parent: QObject | None = None,
        *,
        finishes: bool = False,
    ) -> None:
        super().__init__(parent)
        self._processor = processor
        self._rank = rank
        self._work = work
        self._finishes = finishes
        self._count = self._oldest = 0
        """Requests so far, and the number of the first one whose result is still wanted."""
        processor.ended.connect(self._on_ended)

    def submit(self, request: Any, rank: Rank | None = None) -> None:
        """Ask for ``request``, at the lane's rank or another."""
        self._count += 1
        if not self._finishes:
            self._oldest = self._count
        steps = _in_steps(self._work, request)
        rank = self._rank if rank is None else rank
        self._processor.add(Job(self, request, rank, steps, self._count, self._finishes))

    def drop(self) -> None:
        """Nothing that was asked for is wanted any more."""
        if self._oldest <= self._count:  # else nothing was asked for since the last time
            self._oldest = self._count + 1
            self._processor.drop(self)

    def _on_ended(self, job: Job, result: Any, error: BaseException | None) -> None:
        if job.kind is not self or job.is_dropped or job.number < self._oldest or self._processor.is_closed:
            return  # whoever asked has asked for something else since it ended
        if error is None:
            self.done.emit(job.request, result)
        else:
            self.failed.emit(job.request, error)


class LatestWorker(Lane):
    """A kind of work with a thread of its own, because it waits for a disk or cannot be done in steps. A request in hand comes to
    its end; of those that wait, the latest is done."""

    def __init__(self, work: Callable[[Any], Any], parent: QObject) -> None:
        super().__init__(Processor(parent), Rank.STROKE, work, parent, finishes=True)

    def close(self) -> None:
        """Let the thread finish what it does and end; waits for it. Nothing is announced any more."""
        self._processor.close()


class GarbageCollector(QObject):
    """Collects cycles from the GUI thread only: Python's automatic collector, firing in a worker, destroys widgets there."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._on_quit)

    def settle(self) -> None:
        """Everything is loaded: what lives now is never looked at again. torch alone is a million objects, and a full
        collection over them stopped the window for 0.3 s."""
        gc.freeze()

    def _on_timeout(self) -> None:
        thresholds = gc.get_threshold()
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > thresholds[generation]:
                gc.collect(generation)
                return

    def _on_quit(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
