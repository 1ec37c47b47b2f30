"""The file of a run's events, while it is written."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

from cnnlab.core.runs.events import Event
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.runs import event_lines


class EventLog:
    """Collects events and adds them to a file, whole lines at a time.

    ``add`` is for the thread that trains and does next to nothing; ``flush`` may be called from any thread. What could not be
    written is kept, and the next ``flush`` goes on with it."""

    def __init__(self, path: Path, number: int = 0, disk: Disk = DISK) -> None:
        """Lines are numbered on from ``number``. Raises ``OSError``."""
        self._disk = disk
        self._number = number
        self._waiting: deque[Event] = deque()
        self._writing = threading.Lock()
        # A line that a killed process left unfinished ends here; nobody can read it, and the next begins on its own.
        self._unwritten = b"\n" if _is_unfinished(path, disk) else b""
        self._file = disk.append(path)

    def add(self, event: Event) -> None:
        """Note one event."""
        self._waiting.append(event)

    def flush(self, *, sync: bool = False) -> int:
        """Hand all events so far to the system, with ``sync`` to the disk itself; the number of the next line. Raises
        ``OSError``."""
        with self._writing:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            lines = event_lines.lines(events, self._number)
            self._number += len(lines)
            self._unwritten += b"".join(lines)
            while self._unwritten:
                taken = self._disk.write(self._file, memoryview(self._unwritten))
                if taken <= 0:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                self._unwritten = self._unwritten[taken:]
            if sync:
                self._disk.fsync(self._file)
            return self._number

    def close(self) -> None:
        """Close the file, without what was not flushed."""
        with self._writing, suppress(OSError):
            self._disk.close(self._file)


def _is_unfinished(path: Path, disk: Disk) -> bool:
    try:
        with disk.reader(path) as file:
            size = disk.fstat(file.fileno()).st_size
            file.seek(max(size - 1, 0))
            return file.read(1) not in (b"", b"\n")
    except FileNotFoundError:
        return False
