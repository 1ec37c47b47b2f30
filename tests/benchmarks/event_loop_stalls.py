"""How long the event loop stands still while the starter net trains behind the window.

    python tests/benchmarks/event_loop_stalls.py [--seconds 20]

A timer of 5 ms notes the gaps between its calls; the first two seconds after the first batch do not count (lazy imports,
first paint). Prints median, 99th percentile and the longest gap, and the training speed.
"""

from __future__ import annotations

import argparse
import statistics
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cnnlab.core import changes, templates
from cnnlab.gui import theme
from cnnlab.gui.document import Document
from cnnlab.gui.training.controller import TrainingController
from cnnlab.gui.training.curves import Curves
from cnnlab.gui.training.run_bar import RunBar
from cnnlab.gui.workers import GarbageCollector

WARM_UP = 2.0


class Probe(QObject):
    """Notes the milliseconds between calls of a 5 ms timer, once training is warm."""

    def __init__(self, controller: TrainingController, seconds: float) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self.speeds: list[float] = []
        self._controller = controller
        self._seconds = seconds
        self._warm_at: float | None = None
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        progress = self._controller.progress
        if self._warm_at is None:
            if progress.steps:
                self._warm_at = now + WARM_UP
        elif now >= self._warm_at:
            self.gaps.append(1000 * (now - self._last))
            self.speeds.append(progress.images_per_second or 0.0)
            if now >= self._warm_at + self._seconds:
                self._timer.stop()
                self._controller.close()
        self._last = now


def window(controller: TrainingController) -> QWidget:
    """Curves above the run bar."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.addWidget(Curves(controller), 1)
    column.addWidget(RunBar(controller))
    page.resize(1366, 400)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    application = QApplication([])
    theme.apply(application, dark=False)
    collector = GarbageCollector(application)
    document = Document(changes.set_training(templates.BY_KEY["mnist"].build(), epochs=1000))
    controller = TrainingController(document)
    page = window(controller)
    page.show()
    probe = Probe(controller, arguments.seconds)
    controller.finished.connect(application.quit)
    document.facts_changed.connect(controller.train)
    document.ask_shapes()
    application.exec()
    document.close()
    page.close()
    gaps = sorted(probe.gaps)
    print(f"{len(gaps)} gaps of a 5 ms timer over {arguments.seconds:g} s of training")
    print(
        f"median {statistics.median(gaps):.1f} ms, p99 {gaps[int(0.99 * len(gaps))]:.1f} ms, longest {gaps[-1]:.1f} ms"
    )
    print(f"{statistics.median(probe.speeds):,.0f} images/s")
    del collector


if __name__ == "__main__":
    main()
