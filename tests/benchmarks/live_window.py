"""The real window in its Train workspace, for benchmarks of training: curves, maps and strips live, a digit on the pad."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, RunEnded, RunStarted
from cnnlab.gui.theme import theme
from cnnlab.gui.training.run.controller import TrainingState
from cnnlab.gui.window.main_window import MainWindow
from cnnlab.gui.window.workspaces import Workspace
from cnnlab.gui.workers.qt_threads import GarbageCollector


class LiveWindow:
    """A window of 1366 × 768 pixels; ``shown`` makes and ends it."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    def until(self, condition: Callable[[], bool], every: int = 20) -> None:
        """Let the window live until ``condition`` holds, which is asked for once in ``every`` ms: asking takes time too."""
        loop, timer = QEventLoop(), QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: loop.quit() if condition() else None)
        timer.start(every)
        if not condition():
            loop.exec()
        timer.stop()

    def open(self, project: Project) -> None:
        """Another project, ready to train."""
        document = self.window.document
        document.open(project, None)
        document.ask_shapes()
        self.until(lambda: document.facts.trainable)
        convolutions = [node.uid for node in project.graph.nodes if node.type == "conv2d"]
        self.window.selection.set(convolutions[-1:])
        self.window.input_panel.pad.set_raster(np.eye(280, dtype=np.uint8) * 255)

    def train(self, warm_up: int = 0) -> tuple[RunStarted, float, RunEnded]:
        """Train what is open to its end: how it began, the seconds from the step ``warm_up`` (0: from its beginning) to the last
        step, as the window gets to know of them, and how it ended."""
        training = self.window.training
        times: list[float] = []
        starts: list[RunStarted] = []
        ends: list[RunEnded] = []

        def begun(event: RunStarted) -> None:
            starts.append(event)
            times.append(time.perf_counter())

        def counted(batches: tuple[BatchDone, ...]) -> None:
            if batches[0].step <= warm_up <= batches[-1].step:
                times[0] = time.perf_counter()
            times[1:] = [time.perf_counter()]

        wires = ((training.started, begun), (training.batches_done, counted), (training.ended, ends.append))
        for signal, slot in wires:
            signal.connect(slot)
        training.train()
        self.until(lambda: bool(ends) and training.state is TrainingState.IDLE)
        for signal, slot in wires:
            signal.disconnect(slot)
        return starts[0], times[1] - times[0], ends[0]


@contextmanager
def shown(project: Project) -> Generator[LiveWindow]:
    """The window with ``project``, loaded and ready to train; it keeps its runs in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[name] = home
        application = QApplication([])
        theme.apply(application, dark=False)
        window = MainWindow(project)
        window.loaded.connect(GarbageCollector(window).settle)
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(1366, 768)
        window.workspace = Workspace.TRAIN
        window.show()
        window.start()
        live = LiveWindow(window)
        live.open(project)
        yield live
        window.end()
        window.close()
