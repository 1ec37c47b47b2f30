"""How long it takes to draw a run of a million batches anew, and to take in what it tells.

    python tests/benchmarks/curves.py [--points 1000000] [--runs 3]

A window with the curves of a run, and of others beside it, is drawn into an image 200 times, with a few batches more each
time. Prints the median and the 95th percentile of one drawing (series to points, points to the plot, plot to pixels), by the
clock and by the processor, which a busy machine does not blur; and the time for one batch more.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from smallest import parsed

from cnnlab.core.runs.events import BatchDone, Event
from cnnlab.gui.theme import theme
from cnnlab.gui.training.curves.plot import Overlay, Plot
from cnnlab.gui.training.curves.run_curves import EMPTY, RunCurves

SIZE = (420, 180)
"""Of one plot in the Train workspace, in pixels."""


def batches(first: int, count: int) -> list[Event]:
    """A noisy loss that falls."""
    noise = np.random.default_rng(first).normal(0, 0.1, count).tolist()
    return [
        BatchDone(
            run="r", graph="g", step=step, epoch=1, loss=2.3 * math.exp(-step / 3e5) + 0.3 + noise[step - first],
            accuracy=0.5, learning_rate=0.01, images=64 * step, images_per_second=1e4,
        )
        for step in range(first, first + count)
    ]  # fmt: skip


def run_of(points: int) -> tuple[RunCurves, float]:
    """A run with so many batches, and the microseconds that each took."""
    run, spent = RunCurves(), 0.0
    for first in range(1, points + 1, 50_000):
        told = batches(first, min(50_000, points + 1 - first))
        start = time.perf_counter()
        run.take(told)
        spent += time.perf_counter() - start
    return run, 1e6 * spent / points


def text(taken: list[float]) -> str:
    """Median and 95th percentile of some milliseconds."""
    late = sorted(taken)[int(0.95 * len(taken))]
    return f"median {statistics.median(taken):.2f} ms, 95 % under {late:.2f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3, help="other runs beside it")
    parser.add_argument("--drawings", type=int, default=200)
    arguments = parsed(parser, points=2000, runs=1, drawings=3)
    application = QApplication([])
    theme.apply(application, dark=False)
    run, per_batch = run_of(arguments.points)
    others = [
        Overlay(f"run {colour}", colour, run_of(min(100_000, arguments.points))[0].snapshot())
        for colour in range(arguments.runs)
    ]
    plot = Plot("Loss", "loss", labels=True)
    plot.resize(*SIZE)
    plot.show()
    image = QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied)
    for title, overlays in (("alone", []), (f"with {len(others)} others", others)):
        taken, worked = [], []
        for drawing in range(arguments.drawings + 20):
            run.take(batches(arguments.points + 1 + 10 * drawing, 10))
            start, busy = time.perf_counter(), time.thread_time()
            plot.show_runs(run.snapshot(), EMPTY, overlays)
            plot.render(image)
            taken.append(1000 * (time.perf_counter() - start))
            worked.append(1000 * (time.thread_time() - busy))
            application.processEvents()
        print(f"{arguments.points:,} points {title}: {text(taken[20:])}; of the processor {text(worked[20:])}")
    print(f"one batch more: {per_batch:.2f} µs")
    plot.close()


if __name__ == "__main__":
    main()
