"""The window paints before torch is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

HEAVY = ("torch", "torchvision", "sklearn", "pyqtgraph", "networkx", "pydantic", "pygments", "rich")
START = """
import sys
import cnnlab.app
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print("loaded:", *(name for name in {heavy!r} if name in sys.modules))
            watched.removeEventFilter(self)
            QTimer.singleShot(0, QApplication.exit)
        return False

def start(window):
    pass

def show_event(window, event, shown=cnnlab.app.MainWindow.showEvent):
    shown(window, event)
    window.canvas.view.viewport().installEventFilter(painted)

painted = Painted()
cnnlab.app.MainWindow.start = start
cnnlab.app.MainWindow.showEvent = show_event
cnnlab.app.run()
"""


def test_nothing_heavy_is_loaded_before_the_first_paint() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START.replace("{heavy!r}", repr(HEAVY))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "loaded:"


def test_what_the_first_network_of_torchvision_needs_is_loaded_behind_the_window() -> None:
    text = (
        "import sys; import cnnlab.engine.preload; print('torchvision' in sys.modules, 'torchmetrics' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "False"]
