"""How long the event loop stands still while a network trains behind the real window, with curves, maps and strips live.

    python tests/benchmarks/event_loop_stalls.py [--net KEY] [--seconds 20]

``--net`` is a key of the gallery, of a network for MNIST. A timer of 5 ms notes the gaps between its calls; the first two
seconds after the first batch do not count (lazy imports, first paint). Prints median, 99th percentile and the longest gap, and
the training speed.
"""

from __future__ import annotations

import argparse
import statistics
import time

from live_window import shown
from PySide6.QtCore import QObject, Qt, QTimer
from smallest import parsed

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.gui.training.run.controller import TrainingController, TrainingState


class Probe(QObject):
    """Notes the milliseconds between calls of a 5 ms timer, once training is warm."""

    def __init__(self, controller: TrainingController, seconds: float, warm_up: float) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self.speeds: list[float] = []
        self._controller = controller
        self._seconds = seconds
        self._warm_up = warm_up
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
                self._warm_at = now + self._warm_up
        elif now >= self._warm_at:
            self.gaps.append(1000 * (now - self._last))
            self.speeds.append(progress.pace.images_per_second or 0.0)
            if now >= self._warm_at + self._seconds:
                self._timer.stop()
                self._controller.stop()
        self._last = now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", default="mnist", choices=[each.key for each in templates.TEMPLATES])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds that do not count")
    asked = parsed(parser, seconds=0.2, warm_up=0.0)
    project = changes.set_training(templates.BY_KEY[asked.net].build(), epochs=1000, early_stopping=0, max_steps=0)
    with shown(project) as live:
        training = live.window.training
        probe = Probe(training, asked.seconds, asked.warm_up)
        training.train()
        live.until(lambda: training.state is TrainingState.IDLE)
    gaps = sorted(probe.gaps)
    print(f"{asked.net}: {len(gaps)} gaps of a 5 ms timer over {asked.seconds:g} s of training")
    print(
        f"median {statistics.median(gaps):.1f} ms, p99 {gaps[int(0.99 * len(gaps))]:.1f} ms, longest {gaps[-1]:.1f} ms"
    )
    print(f"{statistics.median(probe.speeds):,.0f} images/s")


if __name__ == "__main__":
    main()
