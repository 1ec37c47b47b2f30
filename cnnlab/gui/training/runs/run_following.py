"""Reading the records of runs: some to compare their curves, and one that another process writes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from cnnlab.core.runs.events import EpochDone, RunEnded
from cnnlab.core.runs.progress import RunProgress
from cnnlab.core.runs.summary import GOING, RunState, RunSummary
from cnnlab.gui.training.curves.run_curves import EMPTY, CurvesSnapshot, RunCurves
from cnnlab.gui.workers.qt_threads import OneAtATime, message_of

INTERVAL = 500
"""Milliseconds between two looks at runs that go on."""
TURN = 0.3
"""Seconds that a record is read at a time: the window never waits longer for it, and shows how far it is."""

NOTHING_DONE = RunProgress()


@dataclass(frozen=True, eq=False)
class RunSoFar:
    """What the record of a run holds so far."""

    folder: Path
    summary: RunSummary
    curves: CurvesSnapshot = EMPTY
    progress: RunProgress = NOTHING_DONE
    epoch: EpochDone | None = None
    """The last epoch that is over."""
    ended: RunEnded | None = None
    has_more: bool = False
    """Whether there was no time to read all of it."""
    is_gone: bool = False
    """Whether its record was there before and is no longer."""


class RecordReader:
    """Reads the record of one run further each time. It is used in worker threads, in one at a time."""

    def __init__(self, folder: Path) -> None:
        from cnnlab.engine.runs.follower import Follower

        self._follower = Follower(folder)
        self._curves = RunCurves()
        self._progress = RunProgress()
        self._epoch: EpochDone | None = None
        self._end: RunEnded | None = None
        self._last: RunSoFar | None = None

    def read(self) -> RunSoFar:
        """What the record holds by now, or as much of it as can be read in a ``TURN``; the value of the last time if nothing is
        new."""
        # The state is asked for first: what is written after it is read anyway, the end of the run above all.
        summary, until = self._follower.summary, time.monotonic() + TURN
        self._progress = replace(self._progress, step_size=summary.training.step_size)
        news = has_more = False
        while events := self._follower.poll():
            news = True
            self._curves.take(events)
            for event in events:
                self._progress = self._progress.after(event)
                if isinstance(event, EpochDone):
                    self._epoch = event
                self._end = event if isinstance(event, RunEnded) else None
            if time.monotonic() > until:
                has_more = True
                break
        if self._last is None or news or summary != self._last.summary or has_more != self._last.has_more:
            folder, curves = self._follower.folder, self._curves.snapshot()
            is_gone = self._last is not None and summary.state is RunState.DAMAGED and _is_gone(folder)
            self._last = RunSoFar(folder, summary, curves, self._progress, self._epoch, self._end, has_more, is_gone)
        return self._last


class RunFollowing(QObject):
    """Reads recorded runs behind the window: some for their curves, one to be followed. A run that goes on is read again and
    again."""

    overlays_changed = Signal()
    """``overlays`` holds something new."""
    followed = Signal(object)
    """What the record of the followed run holds by now, a ``RunSoFar``; None when none is followed any more."""
    notice = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.overlays: dict[Path, RunSoFar] = {}
        """What was read of each watched run, by its folder."""
        self._watched: tuple[Path, ...] = ()
        self._leader: Path | None = None
        self._readers: dict[Path, RecordReader] = {}
        self._done: set[Path] = set()
        """Runs that are over and have been read to their end."""
        self._shown: RunSoFar | None = None
        """What was announced last of the run that is followed."""
        self._ended = False
        self._worker = OneAtATime(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    @property
    def leader(self) -> Path | None:
        """The folder of the run that is followed."""
        return self._leader

    def watch(self, folders: Iterable[Path]) -> None:
        """Read these runs, to draw their curves beside those that are shown."""
        self._watched = tuple(folders)
        self.overlays = {folder: run for folder, run in self.overlays.items() if folder in self._watched}
        self.overlays_changed.emit()
        self._look()

    def follow(self, folder: Path | None) -> None:
        """Show this run as if it were trained here; None ends that."""
        if folder == self._leader:
            return
        self._leader, self._shown = folder, None
        if folder is None:
            self.followed.emit(None)
        else:
            self._done.discard(folder)
            self._readers.pop(folder, None)
            self._look()

    def wake(self, going: Iterable[Path]) -> None:
        """These runs go on, even if they had ended before."""
        self._done -= set(going)
        self._look()

    def close(self) -> None:
        """Read nothing any more."""
        self._ended = True
        self._timer.stop()
        self._worker.close()

    def _look(self) -> None:
        wanted = {*self._watched, *([self._leader] if self._leader is not None else [])}
        self._readers = {folder: reader for folder, reader in self._readers.items() if folder in wanted}
        self._done &= wanted
        open_ = {folder: self._readers.get(folder) for folder in wanted - self._done}
        if self._ended or not open_:
            return
        if self._worker.is_busy:
            self._timer.start(INTERVAL)
        else:
            self._worker.run(partial(_read, open_), self._on_read, self._on_failed)

    def _on_read(self, result: dict[Path, tuple[RecordReader, RunSoFar]]) -> None:
        fresh = False
        for folder, (reader, run) in result.items():
            self._readers[folder] = reader
            if run.summary.state not in GOING and not run.has_more:
                self._done.add(folder)
            if folder in self._watched and self.overlays.get(folder) is not run:
                self.overlays[folder] = run
                fresh = True
        if fresh:
            self.overlays_changed.emit()
        if self._leader in result and result[self._leader][1] is not self._shown:
            self._shown = result[self._leader][1]
            self.followed.emit(self._shown)
        self._timer.start(0 if any(run.has_more for _reader, run in result.values()) else INTERVAL)

    def _on_failed(self, error: BaseException) -> None:
        self.follow(None)
        self.notice.emit(str(message_of(error)))


def _is_gone(folder: Path) -> bool:
    from cnnlab.engine.runs import messages

    return messages.is_gone(folder)


def _read(readers: dict[Path, Any]) -> dict[Path, tuple[RecordReader, RunSoFar]]:
    result = {}
    for folder, reader in readers.items():
        reader = reader or RecordReader(folder)
        result[folder] = (reader, reader.read())
    return result
