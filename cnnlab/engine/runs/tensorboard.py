"""TensorBoard event files of a run, for those who look at their runs there: ``tensorboard --logdir digits.runs``."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnlab.core.events import Answer, BatchDone, EpochDone, Event, RunEnded, RunStarted
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _

log = logging.getLogger(__name__)

FOLDER = "tensorboard"
"""In the run folder."""
BATCHES_APART = 0.25
"""Seconds: a point takes TensorBoard's writer as long as a small batch, and it shows a thousand of a curve at most."""


class TensorBoardMissing(Refusal):
    """The package is not installed."""


class Scalars:
    """Writes the figures of one run's events into ``folder``. Raises ``TensorBoardMissing``, and ``OSError`` where the folder
    cannot be written."""

    def __init__(self, folder: Path, from_step: int | None = None, batches_apart: float = 0.0) -> None:
        """``from_step``: where a resumed run goes on; what was written after it no longer counts."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TensorBoardMissing(
                _(
                    "TensorBoard’s files cannot be written, because the package is not installed. Nothing was started. "
                    "Install it with: pip install cnnlab[tensorboard]"
                )
            ) from error
        purge = None if from_step is None else from_step + 1
        self._writer: Any = SummaryWriter(str(folder), purge_step=purge)
        self._batches_apart = batches_apart
        self._next_batch = 0.0

    def take(self, event: Event) -> None:
        """Write what there is to draw of ``event``."""
        match event:
            case BatchDone() if time.monotonic() >= self._next_batch:
                self._next_batch = time.monotonic() + self._batches_apart
                self._add("batch", event.step, event, "loss", "accuracy", "error")
                self._add("run", event.step, event, "learning_rate", "images_per_second")
            case EpochDone():
                self._add("training", event.step, event, "loss", "accuracy", "error")
                held_out = "validation_loss", "validation_accuracy", "validation_error"
                self._add("validation", event.step, event, *held_out)
            case RunEnded() if event.test is not None:
                self._add("test", event.step, event.test, "loss", "accuracy", "error")

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _add(self, group: str, step: int, holder: object, *names: str) -> None:
        for name in names:
            value = getattr(holder, name)
            if value is not None:
                self._writer.add_scalar(f"{name.removeprefix('validation_')}/{group}", value, step)


def mirrored(run: Generator[Event, Answer, None], root: Path) -> Generator[Event, Answer, None]:
    """``run``, whose figures go into ``root / <id of the run> / tensorboard`` while it goes on. Every event and every answer is
    passed on. Where the folder cannot be written any more, the run goes on without. Raises
    ``TensorBoardMissing`` before the first step."""
    scalars: Scalars | None = None
    answer: Answer = None
    try:
        while True:
            try:
                event = run.send(answer)
            except StopIteration:
                return
            if isinstance(event, RunStarted):
                from_step = event.step if event.resumed else None
                scalars = Scalars(root / event.run / FOLDER, from_step, BATCHES_APART)
            elif scalars is not None:
                try:
                    scalars.take(event)
                except OSError as error:  # the run has a record of its own, and is not ended for these
                    log.warning("nothing more is written for TensorBoard: %s", error)
                    scalars = None
            answer = yield event
    finally:
        run.close()
        if scalars is not None:
            with suppress(OSError):
                scalars.close()
