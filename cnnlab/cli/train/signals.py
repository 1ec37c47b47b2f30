"""Signals to a training: Ctrl+C and SIGTERM stop it in good order, SIGUSR1 lets it pause and go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_PAUSING = getattr(signal, "SIGUSR1", None)
"""Windows has none."""


class Wishes:
    """What the signals so far ask of a training."""

    def __init__(self) -> None:
        self.stopped_by: int | None = None
        """The number of the signal that asked it to stop."""
        self.paused = False

    @property
    def stop(self) -> bool:
        """Whether the training is to stop."""
        return self.stopped_by is not None


@contextmanager
def heeded(patience: float = 0.0, paused: Callable[[bool], object] | None = None) -> Generator[Wishes]:
    """Inside, the first Ctrl+C or SIGTERM is only noted, so that the batch in hand is finished and saved; another one ends the
    program as usual.

    One that comes within ``patience`` seconds of the first is taken for the same wish: from a launcher and from whoever
    signals all processes. ``paused`` is told, from within the signal handler, when that wish changes."""
    wishes = Wishes()
    before: dict[int, object] = {number: signal.getsignal(number) for number in _STOPPING}
    asked_at = 0.0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked_at
        if not wishes.stop:
            wishes.stopped_by, asked_at = number, time.monotonic()
        elif time.monotonic() - asked_at >= patience:
            _back(before)
            signal.raise_signal(number)

    def pause(_number: int, _frame: FrameType | None) -> None:
        wishes.paused = not wishes.paused
        if paused:
            paused(wishes.paused)

    for number in _STOPPING:
        signal.signal(number, stop)
    if _PAUSING is not None:
        before[_PAUSING] = signal.signal(_PAUSING, pause)
    try:
        yield wishes
    finally:
        _back(before)


def _back(handlers: dict[int, object]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
