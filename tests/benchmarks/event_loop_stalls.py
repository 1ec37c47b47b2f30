"""How long the event loop stands still while the starter net trains behind the real window, with curves, maps and strips live.

    python tests/benchmarks/event_loop_stalls.py [--seconds 20]

A timer of 5 ms notes the gaps between its calls; the first two seconds after the first batch do not count (lazy imports,
first paint). Prints median, 99th percentile and the longest gap, and the training speed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from cnnlab.core import changes, templates
from cnnlab.gui import theme
from cnnlab.gui.main_window import MainWindow
from cnnlab.gui.training.controller import TrainingController
from cnnlab.gui.workers import GarbageCollector
from cnnlab.gui.workspaces import Workspace

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    application = QApplication([])
    theme.apply(application, dark=False)
    window = MainWindow(changes.set_training(templates.BY_KEY["mnist"].build(), epochs=1000))
    window.loaded.connect(GarbageCollector(window).settle)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.workspace = Workspace.TRAIN
    window.show()
    window.selection.set(["conv2"])
    window.input_panel.pad.set_raster(np.eye(280, dtype=np.uint8) * 255)
    probe = Probe(window.training, arguments.seconds)
    window.training.finished.connect(application.exit)  # quit() would ask about unsaved changes
    window.document.facts_changed.connect(window.training.train)
    window.start()
    application.exec()
    window.end()
    window.close()
    gaps = sorted(probe.gaps)
    print(f"{len(gaps)} gaps of a 5 ms timer over {arguments.seconds:g} s of training")
    print(
        f"median {statistics.median(gaps):.1f} ms, p99 {gaps[int(0.99 * len(gaps))]:.1f} ms, longest {gaps[-1]:.1f} ms"
    )
    print(f"{statistics.median(probe.speeds):,.0f} images/s")


if __name__ == "__main__":
    main()
