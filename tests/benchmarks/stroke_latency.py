"""From a movement of the pen to repainted bars, card strips and all maps of the selected layer, in milliseconds:

    python tests/benchmarks/stroke_latency.py [--report]

The window is idle otherwise. With ``--report`` it is measured a second time while the processor's queue works on a report without
an end, and how much longer a stroke waits then.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Generator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from smallest import parsed

from cnnlab.core import templates
from cnnlab.gui.theme import theme
from cnnlab.gui.window.main_window import MainWindow
from cnnlab.gui.workers.qt_threads import GarbageCollector, Lane
from cnnlab.gui.workers.turns import Rank


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


def report(_request: str) -> Generator[None]:
    """The starter net on 64 pictures at a time, without an end: steps of some 10 ms."""
    import torch

    from cnnlab.engine.network import state

    network = state.network(templates.BY_KEY["mnist"].build())
    pictures = torch.zeros(64, 1, 28, 28)
    while True:
        with torch.inference_mode():
            network(pictures)
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=200, help="of the pen, for each layer")
    parser.add_argument("--report", action="store_true", help="beside a report, too")
    asked = parsed(parser, moves=2, report=True)
    application = QApplication([])
    theme.apply(application, dark=False)
    window = MainWindow(templates.BY_KEY["mnist"].build())
    window.loaded.connect(GarbageCollector(window).settle)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.show()
    window.start()
    results: list[object] = []
    window.inspect.seen.connect(results.append)
    while not results or not window.document.facts.trainable:
        application.processEvents()
    lane = Lane(window.processor, Rank.REPORT, report)
    for layer in ("conv1", "conv2", "conv3"):
        alone = _measured(application, window, results, layer, asked.moves)
        print(f"{layer}: {_figures(alone)}")
        if asked.report:
            lane.submit("without an end")
            beside = _measured(application, window, results, layer, asked.moves)
            lane.drop()
            ratio = statistics.median(beside) / statistics.median(alone)
            print(f"{layer} beside a report: {_figures(beside)}, {ratio:.2f} times the median")
    window.end()
    window.close()


def _measured(
    application: QApplication, window: MainWindow, results: list[object], layer: str, moves: int
) -> list[float]:
    """Milliseconds of each movement, the shortest first."""
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
    return sorted(times)


def _figures(times: list[float]) -> str:
    p95 = times[int(0.95 * len(times))]
    return f"median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms, largest {times[-1]:.1f} ms"


def _wait(application: QApplication, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
