"""Threads, and nothing but threads: work comes in as a function and a value, results leave as signals.

Rules measured on PySide6: subclass ``QThread`` and keep the signals on it (with ``moveToThread`` lambdas ran in the worker);
connect only methods of QObjects; never drop the last reference of a running thread; never ``terminate``.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QMutex, QMutexLocker, QObject, QThread, QTimer, QWaitCondition, Signal

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _

log = logging.getLogger(__name__)


def words_of(error: BaseException) -> Message:
    """What to tell a person about ``error``: the words of a ``Refusal``; of any other, that something in cnnlab failed."""
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
        from cnnlab.engine.threads import keep_to

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
        self._end()
        try:
            self._done(result)
        finally:
            self._begin()

    def _on_failed(self, error: BaseException) -> None:
        self._end()
        try:
            self._failed(error)
        finally:
            self._begin()

    def _end(self) -> None:
        if self._task is not None:
            self._task.wait()  # the signal is its last act
            self._task.deleteLater()
            self._task = None


class LatestWorker(QThread):
    """Work on the latest request only: a mailbox with one slot. A request that waits is replaced by a newer one.

    ``done`` carries (request, result), ``failed`` (request, exception)."""

    done = Signal(object, object)
    failed = Signal(object, object)

    def __init__(self, work: Callable[[Any], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._mutex = QMutex()
        self._arrived = QWaitCondition()
        self._slot: Any = None
        self._ending = False

    def submit(self, request: Any) -> None:
        """Ask for ``request`` (not None); starts the thread at the first one. After ``close`` nothing is asked any more."""
        if self._ending:
            return
        with QMutexLocker(self._mutex):
            self._slot = request
            self._arrived.wakeOne()
        if not self.isRunning():
            self.start()

    def close(self) -> None:
        """Let the thread finish what it does and end; waits for it."""
        with QMutexLocker(self._mutex):
            self._ending = True
            self._arrived.wakeOne()
        self.wait()

    def run(self) -> None:
        while True:
            with QMutexLocker(self._mutex):
                while self._slot is None and not self._ending:
                    self._arrived.wait(self._mutex)
                if self._ending:
                    return
                request, self._slot = self._slot, None
            try:
                keep_to_one_core()
                result = self._work(request)
            except BaseException as error:
                log.info("request failed", exc_info=True)
                self.failed.emit(request, error)
            else:
                self.done.emit(request, result)


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
