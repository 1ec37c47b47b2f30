"""The heartbeat of a recording: a thread that writes a little now and then, also while the run is paused or at a long step."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from cnnlab.core.messages import Refusal
from cnnlab.engine.system import threads

log = logging.getLogger(__name__)


class Pulse:
    """Calls ``beat`` every ``seconds`` in a thread of its own, until it is stopped; its methods are for any other.

    A daemon: a run that nobody closed must not keep the process alive. What it may leave half-written is made for that."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._stopping = threading.Event()
        self._trouble: tuple[float, Exception] | None = None
        self._thread = threading.Thread(target=self._go, name="cnnlab-recording", daemon=True)
        self._thread.start()

    def trouble(self, patience: float) -> Exception | None:
        """Why no beat has succeeded for ``patience`` seconds; None if one has."""
        trouble = self._trouble
        return trouble[1] if trouble and time.monotonic() - trouble[0] >= patience else None

    def stop(self) -> None:
        """No beat comes after this."""
        self._stopping.set()
        self._thread.join()

    def _go(self) -> None:
        threads.keep_to(1)
        while True:
            try:
                self._beat()
            except (OSError, Refusal) as error:
                if self._trouble is None:
                    log.warning("a run cannot be recorded at the moment: %s", error)
                    self._trouble = time.monotonic(), error
            else:
                self._trouble = None
            if self._stopping.wait(self._seconds):
                return
