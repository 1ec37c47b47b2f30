"""All recorded runs of the open project, read again and again behind the window."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import text as _
from cnnlab.core.runs.events import RunStarted
from cnnlab.core.runs.summary import RunSummary
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.workers.qt_threads import OneAtATime, message_of

log = logging.getLogger(__name__)

MIN_INTERVAL = 2.0
"""Seconds between two looks while somebody watches: another process may begin a run at any time, or go on with one."""
MAX_SHARE = 0.05
"""The most of the time that looking may take, up to ``MAX_INTERVAL``: a thousand runs on a slow disk take a while."""
MAX_INTERVAL = 15.0
"""Seconds between two looks, however long they take."""


class RunLibrary(QObject):
    """The list of recorded runs. Follows the document: its runs lie beside its file. While it lies in no file, those of all such
    projects are shown; what was trained in it moves beside the file when it is saved for the first time."""

    changed = Signal()
    """``runs`` is another tuple, or was read for the first time."""
    notice = Signal(str)

    def __init__(self, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._document = controller.document
        self._without_file: list[str] = []
        """Runs of this project, which has no file. Without one they are nobody's when another is opened."""
        self._to_move: dict[str, Path] = {}
        """Runs that wait to be moved beside the file which their project was saved in."""
        self.runs: tuple[RunSummary, ...] = ()
        """All runs of the project, the newest first."""
        self.is_read = False
        """Whether the runs have been looked for at all."""
        self._watched = False
        self._again = False
        self._started = self._ended = False
        self._worker = OneAtATime(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        controller.started.connect(self._on_started)
        controller.ended.connect(self.refresh)
        controller.state_changed.connect(self._on_state_changed)
        self._document.opened.connect(self._on_opened)
        self._document.moved.connect(self._on_document_moved)

    @property
    def without_file(self) -> tuple[str, ...]:
        """The ids of the runs of this project, while it lies in no file."""
        return tuple(self._without_file)

    def start(self) -> None:
        """Look for the first time: the window is painted, and what is slow to load is there."""
        self._started = True
        self.refresh()

    def watch(self, watched: bool) -> None:
        """Say whether somebody looks at the runs: only then are they read again by themselves."""
        self._watched = watched
        if watched:
            self.refresh()
        else:
            self._timer.stop()

    def refresh(self) -> None:
        """Look now, or once more after the look in hand."""
        if not self._started or self._ended:
            return
        self._again = self._worker.is_busy
        if not self._again:
            path = self._document.path
            self._worker.run(lambda: _read(path), partial(self._on_read, path), self._on_failed)

    def remove(
        self,
        runs: Sequence[RunSummary],
        work: Callable[[Path], bool],
        refused: Callable[[list[RunSummary]], None],
    ) -> None:
        """Do ``work`` on the folder of each run, in a thread; ``refused`` follows for those of which it says that it was not
        done."""

        def done(left: list[RunSummary]) -> None:
            if left:
                refused(left)
            self.refresh()

        def failed(error: BaseException) -> None:
            self._on_failed(error)
            self.refresh()

        self._worker.run(lambda: _not_done(runs, work), done, failed)

    def close(self) -> None:
        """Let the look in hand come to its end and begin none any more. Runs that still wait for their move are moved now."""
        self._ended = True
        self._timer.stop()
        self._worker.close()
        if self._to_move and self._controller.state is TrainingState.IDLE:
            left = _move(dict(self._to_move))
            self._to_move.clear()
            if left is not None:
                log.warning("runs from before the first save stay in %s", left)

    def _on_read(self, path: Path | None, read: tuple[tuple[RunSummary, ...], float]) -> None:
        runs, took = read
        if path == self._document.path:
            news = runs != self.runs or not self.is_read
            self.runs, self.is_read = runs, True
            if news:
                self.changed.emit()
        self._move_runs()
        if self._again:
            self.refresh()
        elif self._watched:
            self._timer.start(round(1000 * min(max(MIN_INTERVAL, took / MAX_SHARE), MAX_INTERVAL)))

    def _on_failed(self, error: BaseException) -> None:
        self.notice.emit(str(message_of(error)))
        self._move_runs()
        if self._again:
            self.refresh()

    def _on_started(self, event: RunStarted) -> None:
        path = self._document.path
        if path is None and event.run not in self._without_file:
            self._without_file.append(event.run)
        elif path is not None and self._controller.began_without_file:  # it was saved while the run was prepared
            self._to_move[event.run] = path
        self.refresh()

    def _on_state_changed(self) -> None:
        if self._controller.state is TrainingState.IDLE:
            self._move_runs()

    def _on_opened(self) -> None:
        self._without_file.clear()
        self._forget()
        self.refresh()

    def _on_document_moved(self) -> None:
        path = self._document.path
        if path is not None:
            self._to_move.update(dict.fromkeys(self._without_file, path))
            self._without_file.clear()
        self._move_runs()
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self.is_read = False
        if self.runs:
            self.runs = ()
            self.changed.emit()

    def _move_runs(self) -> None:
        """Move the runs from before the first save beside the file: after the look in hand, and a run in hand when it has
        ended."""
        if (
            self._to_move
            and self._controller.state is TrainingState.IDLE
            and not self._ended
            and not self._worker.is_busy
        ):
            moving = dict(self._to_move)
            self._to_move.clear()
            self._worker.run(lambda: _move(moving), self._on_moved, self._on_failed)

    def _on_moved(self, left: Path | None) -> None:
        if left is not None:
            self.notice.emit(_("The runs from before the first save stay in {folder}.", folder=left))
        self.refresh()


def _read(path: Path | None) -> tuple[tuple[RunSummary, ...], float]:
    """The runs, and how many seconds it took to read them: not to wait for a window that was busy meanwhile."""
    from cnnlab.engine.runs import folder, table

    began = time.perf_counter()
    return table.runs(folder.root(path)), time.perf_counter() - began


def _not_done(runs: Sequence[RunSummary], work: Callable[[Path], bool]) -> list[RunSummary]:
    """Do ``work`` on the folder of each run; those of which it says that it was not done. A run that it refuses does not keep
    it from the others: the first ``Refusal`` follows them."""
    left, refusals = list[RunSummary](), list[Refusal]()
    for run in runs:
        try:
            if not work(run.folder):
                left.append(run)
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    return left


def _move(moving: Mapping[str, Path]) -> Path | None:
    """Move these runs, by id, to where those of the project in that file are; where they still lie if that did not succeed."""
    import shutil

    from cnnlab.engine.runs import folder

    old = folder.root(None)
    try:
        for run, path in moving.items():
            new = folder.root(path)
            if new != old and (old / run).is_dir():
                new.mkdir(parents=True, exist_ok=True)
                shutil.move(old / run, new / run)
    except OSError:
        return old
    return None
