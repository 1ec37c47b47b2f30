"""TensorBoard event files of a run, for those who look at their runs there: ``tensorboard --logdir digits.runs``."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.runs.events import BatchDone, EpochDone, Event, RunEnded, RunStarted
from cnnlab.engine.runs.recorder import Taker

log = logging.getLogger(__name__)

FOLDER = "tensorboard"
"""In the run folder."""
BATCHES_APART = 0.25
"""Seconds: a point takes TensorBoard's writer as long as a small batch, and it shows a thousand of a curve at most."""


class TensorBoardMissing(Refusal):
    """The package is not installed."""


class TensorBoard(Taker):
    """Writes the figures of one run into ``root / <id of the run> / tensorboard`` while it goes on. Where the folder cannot be
    written any more, the run goes on without."""

    def __init__(self, root: Path) -> None:
        """Raises ``TensorBoardMissing``."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TensorBoardMissing(
                _(
                    "TensorBoard’s files cannot be written, because the package is not installed. Nothing was started. "
                    "Install it with: pip install cnnlab[tensorboard]"
                )
            ) from error
        self._root = root
        self._make = SummaryWriter
        self._writer: Any = None
        """None before the run has begun, and when nothing can be written any more."""
        self._next_batch = 0.0

    def take(self, event: Event) -> Event:
        """Write the figures of ``event``, and return it."""
        try:
            if isinstance(event, RunStarted):
                # What a resumed run wrote after the step where it goes on no longer counts.
                purge = event.step + 1 if event.resumed else None
                self._writer = self._make(str(self._root / event.run / FOLDER), purge_step=purge)
            elif self._writer is not None:
                self._write(event)
        except OSError as error:  # the run has a record of its own, and is not ended for these
            log.warning("nothing more is written for TensorBoard: %s", error)
            self._end()
        return event

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(OSError):
                writer.close()

    def _write(self, event: Event) -> None:
        match event:
            case BatchDone() if time.monotonic() >= self._next_batch:
                self._next_batch = time.monotonic() + BATCHES_APART
                self._add("batch", event.step, event, "loss", "accuracy", "error")
                self._add("run", event.step, event, "learning_rate", "images_per_second")
            case EpochDone():
                self._add("training", event.step, event, "loss", "accuracy", "error")
                held_out = "validation_loss", "validation_accuracy", "validation_error"
                self._add("validation", event.step, event, *held_out)
            case RunEnded() if event.test is not None:
                self._add("test", event.step, event.test, "loss", "accuracy", "error")

    def _add(self, group: str, step: int, holder: object, *names: str) -> None:
        for name in names:
            value = getattr(holder, name)
            if value is not None:
                self._writer.add_scalar(f"{name.removeprefix('validation_')}/{group}", value, step)
