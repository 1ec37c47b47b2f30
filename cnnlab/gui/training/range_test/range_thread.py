"""A learning-rate test in a thread of its own."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread

from cnnlab.core.project.project import Project
from cnnlab.gui.training.run.run_thread import load_dataset, take_cores

if TYPE_CHECKING:
    from cnnlab.engine.training.range_test import RangePoint, Suggestion

log = logging.getLogger(__name__)

Trial = Callable[[Project], "Generator[RangePoint, None, Suggestion]"]
"""From a project to a test of it."""


def trial(project: Project) -> Generator[RangePoint, None, Suggestion]:
    """The engine's test."""
    from cnnlab.engine.training import range_test

    take_cores(project)
    return (yield from range_test.run(project, load_dataset(project)))


class RangeThread(QThread):
    """Runs one test. What it finds lies in ``points``, for a timer of the window to drain; when the thread has finished,
    ``suggestion`` or ``error`` says how it ended, or neither if it was stopped."""

    def __init__(self, project: Project, test: Trial, parent: QObject) -> None:
        super().__init__(parent)
        self.points: deque[RangePoint] = deque()
        self.suggestion: Suggestion | None = None
        self.error: BaseException | None = None
        self._project = project
        self._test = test
        self._stopping = Event()

    def stop(self) -> None:
        """End the test after the step in hand."""
        self._stopping.set()

    def run(self) -> None:
        try:
            with closing(self._tested()) as points:
                for point in points:
                    self.points.append(point)
                    if self._stopping.is_set():
                        return
        except BaseException as error:
            log.info("learning-rate test failed", exc_info=True)
            self.error = error

    def _tested(self) -> Generator[RangePoint]:
        self.suggestion = yield from self._test(self._project)
