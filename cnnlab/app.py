"""The app with its window, from start to exit."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from cnnlab.core import templates
from cnnlab.gui.editor import clipboard as clip
from cnnlab.gui.notify import Unexpected
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.theme import theme
from cnnlab.gui.window.main_window import MainWindow
from cnnlab.gui.workers.qt_threads import GarbageCollector
from cnnlab.logs import crashes_to_file, log_to_file

_STARTER = "mnist"


def run(path: str | None = None) -> int:
    """Open the window, on the project file ``path`` or on the starter net; returns the exit code."""
    log_to_file()
    crashes_to_file()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("cnnlab")
    application.setApplicationDisplayName("cnnlab")
    preferences = Preferences()
    dark = preferences.appearance == "dark" or (
        preferences.appearance == "system" and theme.system_is_dark(application)
    )
    theme.apply(application, dark)
    window = MainWindow(templates.BY_KEY[_STARTER].build(), preferences)
    unexpected = Unexpected(window)
    unexpected.reported.connect(window.banner.tell)
    window.loaded.connect(GarbageCollector(window).settle)
    # Ctrl+C in the terminal closes the window as its button does; Python sees signals only while it runs, hence the timer.
    signal.signal(signal.SIGINT, lambda *_args: window.close())
    breath = QTimer(window)
    breath.timeout.connect(_breathe)
    breath.start(200)
    window.show()
    if path is not None:
        window.open_at_start(Path(path))
    # After the first paint: a timer of 0 ms runs when the events of showing the window are done.
    QTimer.singleShot(0, window.start)
    code = application.exec()
    clipboard = application.clipboard()
    held = clipboard.mimeData()  # None where nothing was ever copied, whatever its type says
    if held and held.hasFormat(clip.MIME):
        clipboard.clear()  # copied layers go while Python is there to let them go
    unexpected.remove()
    return code


def _breathe() -> None:
    """Lets Python look for signals."""
