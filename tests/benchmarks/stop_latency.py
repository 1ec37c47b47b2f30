"""How long a click on Stop takes to be seen, and to end the run, on the starter net behind the real window.

    python tests/benchmarks/stop_latency.py [--stops 20]

Each time it trains for a while, clicks the button, and notes when the window says so and when the run has ended with its last
weights in the project and its checkpoint on the disk. Prints median and longest.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from cnnlab.core import changes, templates
from cnnlab.gui import theme
from cnnlab.gui.main_window import MainWindow
from cnnlab.gui.training.controller import State
from cnnlab.gui.workers import GarbageCollector
from cnnlab.gui.workspaces import Workspace


def until(application: QApplication, condition: Callable[[], bool]) -> None:
    while not condition():
        application.processEvents()
        time.sleep(0.001)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[name] = home
        measure(arguments.stops)


def measure(stops: int) -> None:
    """Start and stop so often, and print how long it took."""
    application = QApplication([])
    theme.apply(application, dark=False)
    window = MainWindow(changes.set_training(templates.BY_KEY["mnist"].build(), epochs=1000))
    GarbageCollector(window)
    window.workspace = Workspace.TRAIN
    window.show()
    window.start()
    until(application, lambda: window.document.facts.trainable)
    training = window.training
    button = next(each for each in window.run_bar.findChildren(QPushButton) if each.text() == "Stop")
    said, ended = [], []
    for number in range(stops + 1):
        training.train()
        first = random.Random(number).randrange(20, 200)
        until(application, lambda wanted=first: training.progress.steps >= wanted)
        start = time.perf_counter()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert training.state is State.STOPPING
        said.append(1000 * (time.perf_counter() - start))
        until(application, lambda: training.state is State.IDLE)
        ended.append(1000 * (time.perf_counter() - start))
    for title, taken in (("said", said[1:]), ("ended", ended[1:])):
        print(f"{title}: median {statistics.median(taken):.0f} ms, longest {max(taken):.0f} ms")
    window.end()
    window.close()


if __name__ == "__main__":
    main()
