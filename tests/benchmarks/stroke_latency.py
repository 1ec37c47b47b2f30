"""From a movement of the pen to repainted bars, card strips and all maps of the selected layer, in milliseconds:
``python tests/benchmarks/stroke_latency.py``. The window is idle otherwise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from smallest import parsed

from cnnlab.core import templates
from cnnlab.gui import theme
from cnnlab.gui.main_window import MainWindow
from cnnlab.gui.workers import GarbageCollector


class Painted(QObject):
    """Remembers which of the watched widgets were painted."""

    def __init__(self, widgets: list[QWidget]) -> None:
        super().__init__()
        self.widgets = widgets
        self.seen: set[QObject] = set()
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.seen.add(watched)
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200, help="of the pen, for each layer")
    moves = parsed(parser, moves=2).moves
    application = QApplication([])
    theme.apply(application, dark=False)
    window = MainWindow(templates.BY_KEY["mnist"].build())
    window.loaded.connect(GarbageCollector(window).settle)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.show()
    window.start()
    results = []
    window.inspect.seen.connect(results.append)
    while not results or not window.document.facts.trainable:
        application.processEvents()
    for layer in ("conv1", "conv2", "conv3"):
        window.selection.set([layer])
        window.tabs.setCurrentWidget(window.layer_views.maps)
        _wait(application, 0.5)
        painted = Painted(
            [window.prediction.bars.viewport(), window.layer_views.maps.panel.sheet, window.canvas.view.viewport()]
        )
        surface = window.input_panel.pad.surface
        surface.clear()
        side = min(surface.width(), surface.height())
        corner = surface.rect().center() - QPoint(side // 2 - 20, side // 2 - 20)
        times = []
        for move in range(moves):
            if move % 20 == 0:  # a fresh stroke, so that every movement brings new ink
                QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corner)
                surface.clear()
                QTest.mousePress(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corner)
            _wait(application, 0.03)
            results.clear()
            painted.seen.clear()
            place = corner + QPoint(5 + move % 20 * 5, 5 + (move % 20 * 37) % 100)
            began = time.perf_counter()
            QTest.mouseMove(surface, place)
            while not results or len(painted.seen) < len(painted.widgets):
                # Waits as the app does; a loop that never sleeps would keep the interpreter from the worker.
                application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            times.append(1000 * (time.perf_counter() - began))
        QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        times.sort()
        print(
            f"{layer}: median {statistics.median(times):.1f} ms, p95 {times[int(0.95 * moves)]:.1f} ms, largest {times[-1]:.1f} ms"
        )
    window.end()
    window.close()


def _wait(application: QApplication, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
