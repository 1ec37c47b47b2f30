"""Which process writes a run, whether it still lives, and the lock that lets in one at a time.

The system lets go of a lock when its process ends, however that happens."""

from __future__ import annotations

import errno
import logging
import os
import platform
import sys
import threading
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cnnlab.engine.runs import folder as layout

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

log = logging.getLogger(__name__)

_OTHERS = frozenset([errno.EACCES, errno.EAGAIN, errno.EDEADLK])
"""Errors that mean that another process has the lock; with any other the file system has no locks, as on some network shares."""

_held: set[Path] = set()
"""Folders that this process has locked; the system would give it a second lock."""
_holding = threading.Lock()


class Taken(Exception):
    """Another process writes the run."""


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
    """Lock for the process and not for the open file, which forked readers of pictures would keep open."""
    if sys.platform == "win32":
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


STALE_SECONDS = 60.0
"""After so long without a heartbeat, a process that cannot be asked counts as gone."""


class Owner(BaseModel):
    """A process, on this computer or another."""

    model_config = ConfigDict(strict=True, frozen=True)
    host: str = ""
    space: str = ""
    """The namespace of its number: a container counts its own."""
    pid: int = Field(0, ge=0)
    born: str = ""
    """When it began, as the system tells it, because its number is given to another process later; empty where it does not."""


def this_process() -> Owner:
    """The process that asks."""
    return process(os.getpid())


def process(pid: int) -> Owner:
    """A process of this computer that is there now."""
    return Owner(host=platform.node(), space=_space(), pid=pid, born=_born(pid) or "")


def is_alive(owner: Owner, beat: float) -> bool:
    """Whether ``owner``, which gave its last sign of life at ``beat`` (seconds since 1970), is still there."""
    if os.name != "posix" or (owner.host, owner.space) != (platform.node(), _space()):
        return time.time() - beat <= STALE_SECONDS
    if owner.pid <= 0 or not _is_running(owner.pid):
        return False
    born = _born(owner.pid)
    # Where the system does not say when a process began, another one may have its number by now.
    return time.time() - beat <= STALE_SECONDS if born == "" else born == owner.born


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # it only asks
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _space() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    """When the process began; empty where the system does not say, None if it has ended and only its name is left."""
    try:
        # The name in brackets may hold anything, brackets too; the state is the third field and the time the 22nd.
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if after_name[0] in "ZX" else after_name[19]
    except (OSError, IndexError):
        return ""
