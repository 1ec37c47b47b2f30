"""The life of the process that runs ``reader.py``: started, watched, and killed where it takes too long or too much."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cnnlab.core.messages import message as _
from cnnlab.engine import memory
from cnnlab.engine.weight_files.errors import Code, WeightFileError, refusal
from cnnlab.engine.weight_files.reader import REFUSED

_SCRIPT = Path(__file__).with_name("reader.py")
_CHUNK = 2**20
_HEADER_BYTES = 2**24
"""Of the answer, over the numbers in it."""
_LOOK_SECONDS = 0.05


def converted(path: Path, most_bytes: int, timeout: float, cancelled: Callable[[], bool]) -> bytes:
    """The tensors in one of PyTorch's own files as safetensors, of at most ``most_bytes`` of numbers.

    Nothing of the process is left when this returns or raises ``WeightFileError``."""
    command = [sys.executable, "-P", "-B", str(_SCRIPT), str(path), str(most_bytes), str(math.ceil(timeout))]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        assert process.stdout is not None
        answer = _Answer(process.stdout, most_bytes + _HEADER_BYTES)
        answer.start()
        try:
            why = _watched(process, answer, time.monotonic() + timeout, cancelled)
        finally:
            process.kill()
        answer.join()
    if why:
        limit = memory.show(most_bytes) if why == "too-large" else _("{count} seconds", count=f"{timeout:.0f}")
        raise refusal(why, path, most=limit)
    status = process.returncode
    if status == REFUSED:
        raise _told(bytes(answer.content), path, most_bytes)
    if status:
        raise refusal("crashed", path, status)
    return bytes(answer.content)


def _watched(
    process: subprocess.Popen[bytes], answer: _Answer, end: float, cancelled: Callable[[], bool]
) -> Code | None:
    """Wait until the process has ended, or for a reason to end it."""
    while not answer.too_long and (answer.is_alive() or process.poll() is None):
        if cancelled():
            return "cancelled"
        if time.monotonic() > end:
            return "time"
        time.sleep(_LOOK_SECONDS)
    return "too-large" if answer.too_long else None


def _told(content: bytes, path: Path, most_bytes: int) -> WeightFileError:
    """What the process refused the file for."""
    try:
        told = json.loads(content)
        return refusal(told["code"], path, told["what"], most=memory.show(most_bytes), details=(told["details"],))
    except (ValueError, KeyError, TypeError):  # it was cut off, or is no longer what it was when it was started
        return refusal("crashed", path, REFUSED)


class _Answer(threading.Thread):
    """Collects what the process writes, up to a limit; ends with the process, or at the limit."""

    def __init__(self, pipe: IO[bytes], most: int) -> None:
        super().__init__(name="weights of a file", daemon=True)
        self.content = bytearray()
        self.too_long = False
        self._pipe = pipe
        self._most = most

    def run(self) -> None:
        while part := self._pipe.read(_CHUNK):
            self.content += part
            if len(self.content) > self._most:
                self.too_long = True
                return


def _environment() -> dict[str, str]:
    """Without what makes torch load code, and with one thread and no graphics card: neither is of use here."""
    kept = {name: value for name, value in os.environ.items() if "WEIGHTS_ONLY" not in name}
    return kept | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
