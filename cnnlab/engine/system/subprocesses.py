"""Another Python process, for work that would stall this one or put it in danger: started, fed, watched and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Literal

Why = Literal["cancelled", "time", "too-large"]
_CHUNK = 2**20
_LOOK_SECONDS = 0.05
_REST_SECONDS = 5.0
"""For what a process left in its pipe, when it is gone."""


class Stopped(Exception):
    """The process was killed before it had ended: on demand, after its time, or because it wrote too much."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


@dataclass(frozen=True)
class Ended:
    """How a process ended by itself."""

    status: int
    """0 where all went well, below 0 the number of the signal that ended it."""
    answer: bytearray
    """What it wrote to its standard output."""


def run(
    arguments: Sequence[str],
    *,
    given: Iterable[bytes | memoryview] = (),
    max_bytes: int | None = None,
    timeout: float | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run Python with ``arguments``, hand it ``given`` on its standard input, and wait for its answer.

    It is killed after ``timeout`` seconds, at an answer of more than ``max_bytes``, and when ``cancelled``, which is asked
    about every 50 ms: raises ``Stopped``. Nothing of it is left when this returns or raises, nor of processes that
    it started itself (except on Windows). It starts without the folder of
    its script among the places to import from, and writes no bytecode. Its standard error goes nowhere."""
    with subprocess.Popen(
        [sys.executable, "-P", "-B", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment() | dict(environment or {}),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answer = _Answer(process.stdout, max_bytes)
        feeder = threading.Thread(target=_feed, args=(process.stdin, given), name="for a process", daemon=True)
        answer.start()
        feeder.start()
        try:
            why = _watched(process, answer, timeout, cancelled)
        finally:
            _kill(process)
            feeder.join(_REST_SECONDS)
            answer.join(_REST_SECONDS)
    if why:
        raise Stopped(why)
    return Ended(process.returncode, answer.content)


def _watched(
    process: subprocess.Popen[bytes], answer: _Answer, timeout: float | None, cancelled: Callable[[], bool]
) -> Why | None:
    """Wait until the process itself has ended, or for a reason to end it."""
    end = None if timeout is None else time.monotonic() + timeout
    while not answer.too_long and process.poll() is None:
        if cancelled():
            return "cancelled"
        if end is not None and time.monotonic() > end:
            return "time"
        time.sleep(_LOOK_SECONDS)
    return "too-large" if answer.too_long else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started, which could keep its pipes open."""
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # all are gone; macOS says it in the second way
        os.killpg(process.pid, signal.SIGKILL)


def _feed(pipe: IO[bytes], parts: Iterable[bytes | memoryview]) -> None:
    # A process that has ended, or was killed, takes no more; its status says which.
    with suppress(OSError), pipe:
        for part in parts:
            pipe.write(part)


class _Answer(threading.Thread):
    """Collects what the process writes, up to a limit; ends with the process, or at the limit."""

    def __init__(self, pipe: IO[bytes], maximum: int | None) -> None:
        super().__init__(name="from a process", daemon=True)
        self.content = bytearray()
        self.too_long = False
        self._pipe = pipe
        self._maximum = maximum

    def run(self) -> None:
        # Not pipe.read(), which would let nobody close the pipe meanwhile.
        while part := os.read(self._pipe.fileno(), _CHUNK):
            self.content += part
            if self._maximum is not None and len(self.content) > self._maximum:
                self.too_long = True
                return


def _environment() -> dict[str, str]:
    """The environment variables of the process: none that makes torch load code, one thread and no GPU, since this
    process needs the others."""
    kept = {name: value for name, value in os.environ.items() if "WEIGHTS_ONLY" not in name}
    return kept | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
