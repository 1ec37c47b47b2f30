"""What the process that runs ``reader.py`` is asked, and what its answer means."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable
from pathlib import Path

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.engine.system import subprocesses
from cnnlab.engine.weight_files.errors import WeightFileError, refusal
from cnnlab.engine.weight_files.reader import REFUSED

_SCRIPT = Path(__file__).with_name("reader.py")
_HEADER_BYTES = 2**24
"""Of the answer, over the numbers in it."""
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0)
"""How a process ends that has used up its seconds of the processor; Windows sets no such limit."""


def converted(path: Path, most_bytes: int, timeout: float, cancelled: Callable[[], bool]) -> bytes:
    """The tensors in one of PyTorch's own files as safetensors, of at most ``most_bytes`` of numbers.

    Nothing of the process is left when this returns or raises ``WeightFileError``."""
    seconds = _("{count} seconds", count=f"{timeout:.0f}")
    arguments = [str(_SCRIPT), str(path), str(most_bytes), str(math.ceil(timeout))]
    try:
        ended = subprocesses.run(arguments, most_bytes=most_bytes + _HEADER_BYTES, timeout=timeout, cancelled=cancelled)
    except subprocesses.Stopped as stopped:
        limit = byte_count(most_bytes) if stopped.why == "too-large" else seconds
        raise refusal(stopped.why, path, most=limit) from stopped
    if ended.status == REFUSED:
        raise _told(bytes(ended.answer), path, most_bytes)
    if ended.status == _OUT_OF_TIME != 0:
        raise refusal("time", path, most=seconds)
    if ended.status:
        raise refusal("crashed", path, ended.status)
    return bytes(ended.answer)


def _told(content: bytes, path: Path, most_bytes: int) -> WeightFileError:
    """What the process refused the file for."""
    try:
        told = json.loads(content)
        return refusal(told["code"], path, told["what"], most=byte_count(most_bytes), details=(told["details"],))
    except (ValueError, KeyError, TypeError):  # it was cut off, or is no longer what it was when it was started
        return refusal("crashed", path, REFUSED)
