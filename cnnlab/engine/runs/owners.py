"""Which process writes a run, and whether it still lives."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

STALE_SECONDS = 60.0
"""After so long without a heartbeat, a process that cannot be asked counts as gone."""


class Owner(BaseModel):
    """A process."""

    model_config = ConfigDict(strict=True, frozen=True)
    host: str = ""
    space: str = ""
    """Where its number means something: a container counts its own."""
    pid: int = Field(0, ge=0)
    born: str = ""
    """When it began, as the system tells it, because its number is given to another process later; empty where it does not."""


def this_process() -> Owner:
    """Who we are."""
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
