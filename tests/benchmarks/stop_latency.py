"""How long a click on Stop takes to be seen, and to end the run, on the starter net behind the real window.

    python tests/benchmarks/stop_latency.py [--stops 20]

Each time it trains for a while, clicks the button, and notes when the window says so and when the run has ended with its last
weights in the project and its checkpoint on the disk. Prints median and longest.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time

from live_window import LiveWindow, shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from smallest import parsed

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.gui.training.run.controller import TrainingState


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=20)
    asked = parsed(parser, stops=1)
    with shown(changes.set_training(templates.BY_KEY["mnist"].build(), epochs=1000)) as live:
        measure(live, asked.stops)


def measure(live: LiveWindow, stops: int) -> None:
    """Start and stop so often, and print how long it took."""
    training = live.window.training
    button = next(each for each in live.window.run_bar.findChildren(QPushButton) if each.text() == "Stop")
    said, ended = [], []
    for number in range(stops + 1):
        training.train()
        live.until(lambda: training.state is TrainingState.RUNNING)
        wanted = training.progress.steps + random.Random(number).randrange(20, 200)
        live.until(lambda wanted=wanted: training.progress.steps >= wanted, every=1)
        start = time.perf_counter()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert training.state is TrainingState.STOPPING
        said.append(1000 * (time.perf_counter() - start))
        live.until(lambda: training.state is TrainingState.IDLE, every=1)
        ended.append(1000 * (time.perf_counter() - start))
    for title, taken in (("said", said[1:]), ("ended", ended[1:])):
        print(f"{title}: median {statistics.median(taken):.0f} ms, longest {max(taken):.0f} ms")


if __name__ == "__main__":
    main()
