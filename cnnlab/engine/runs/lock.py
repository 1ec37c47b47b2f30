"""One process at a time writes a run. The system lets go of a lock when its process ends, however that happens."""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
from pathlib import Path

from cnnlab.engine.runs import folder as layout

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

log = logging.getLogger(__name__)

_OTHERS = frozenset([errno.EACCES, errno.EAGAIN, errno.EDEADLK])
"""What the system says where another process has the lock; else it has no locks to give, as on some network shares."""

_held: set[Path] = set()
"""Of this process, which the system would let in again."""
_holding = threading.Lock()


class Taken(Exception):
    """Somebody else writes the run."""


class Lock:
    """The right to write the run in ``folder``, until ``release``. Raises ``Taken``, and ``OSError`` where nothing can be
    written there."""

    def __init__(self, folder: Path) -> None:
        self._key = folder.resolve()
        with _holding:
            # Asked before the file is opened: closing it again would end the lock that this process has.
            if self._key in _held:
                raise Taken
            self._file = os.open(folder / layout.LOCK, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(self._file)
            except OSError as error:
                if error.errno in _OTHERS:
                    os.close(self._file)
                    raise Taken from error
                log.warning("the run in %s is written without a lock: %s", folder, error)
            self._is_held = True
            _held.add(self._key)

    def release(self) -> None:
        """Let others write the run. May be called twice."""
        with _holding:
            if self._is_held:
                self._is_held = False
                _held.remove(self._key)
                os.close(self._file)


def _lock(file: int) -> None:
    """Of the process and not of the open file, which readers of pictures that are forked from it would keep open."""
    if sys.platform == "win32":
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
