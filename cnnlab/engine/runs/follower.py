"""Follows a run that another process, or another computer, is writing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from cnnlab.core.runs.events import Event
from cnnlab.core.runs.summary import GOING, RunState, RunSummary
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.runs import event_lines, table
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.event_lines import LoggedLine

CHUNK = 2**20
"""Bytes read at a time."""
PATIENCE = 5.0
"""Seconds for which a run that cannot be read is not yet damaged: on a share, a file that is being replaced is gone for a
moment."""


class NewLines:
    """The lines of ``events.jsonl`` as they are written: complete ones only, each once. A file that was put in the place of the
    old one, or cut, is read from its start."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._path = path
        self._disk = disk
        self._offset = 0
        self._file = 0
        """Number of the file in its file system."""
        self._rest = b""
        """The beginning of a line whose end is not written yet."""
        self.at_end = True
        """Whether the last reading went as far as the file did then, or could not go on."""

    def read(self) -> tuple[LoggedLine, ...]:
        """The lines in the next ``CHUNK`` of the file; none if there is nothing new. Damaged lines are left out."""
        self.at_end = True
        try:
            with self._disk.reader(self._path) as file:
                status = self._disk.fstat(file.fileno())
                if status.st_ino != self._file or status.st_size < self._offset:
                    self._offset, self._file, self._rest = 0, status.st_ino, b""
                if status.st_size == self._offset:
                    return ()
                file.seek(self._offset)
                content = file.read(CHUNK)
        except OSError:  # it is not there yet, or not at the moment
            return ()
        self._offset += len(content)
        self.at_end = not content or self._offset >= status.st_size
        *whole, self._rest = (self._rest + content).split(b"\n")
        if len(self._rest) > event_lines.MAX_LINE_BYTES:
            self._rest = b"?"  # no line of ours; what is left of it is no JSON
        return tuple(line for line in map(event_lines.parsed, whole) if line is not None)


class Follower:
    """Follows the run in ``folder`` by asking now and then, in one thread at a time; the run need not have begun to write."""

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        self.folder = folder
        self._lines = NewLines(folder / layout.EVENTS, disk)
        self._known: RunSummary | None = None
        """The last summary that could be read."""
        self._damaged_since: float | None = None

    def poll(self) -> tuple[Event, ...]:
        """What was written since the last call, oldest first; call again while it gives something. ``BatchDone``, ``EpochDone``,
        ``SettingChanged``, ``ThreadsChosen``, ``RunStarted`` and ``RunEnded`` come, no weights. A ``RunStarted`` that is
        ``resumed`` takes back all events of a higher step than its own; one that is not, all events before it."""
        while True:
            events = tuple(_events(self._lines.read()))
            if events or self._lines.at_end:
                return events

    @property
    def summary(self) -> RunSummary:
        """The run's row in the table, read now; the last one known if a running run cannot be read at the moment."""
        found = table.summary(self.folder)
        if found.state is not RunState.DAMAGED:
            self._damaged_since, self._known = None, found
            return found
        if self._damaged_since is None:
            self._damaged_since = time.monotonic()
        if self.may_return and self._known is not None and self._known.state in GOING:
            return self._known
        return found

    @property
    def may_return(self) -> bool:
        """Whether the run could not be read just now, but not for so long yet that it is damaged."""
        return self._damaged_since is not None and time.monotonic() - self._damaged_since < PATIENCE


def _events(lines: tuple[LoggedLine, ...]) -> Iterator[Event]:
    for line in lines:
        if line.event is not None:
            yield line.event
        elif line.batches is not None:
            yield from line.batches.events()
