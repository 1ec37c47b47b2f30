"""The real window, and a person before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.person import Person
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.gui.theme import theme
from cnnlab.gui.window.main_window import MainWindow


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication) -> Iterator[Person]:
    """A person before the window with the starter net, when everything behind it is loaded."""
    theme.apply(qapp, dark=False)
    window = MainWindow(templates.BY_KEY["mnist"].build())
    qtbot.addWidget(window, before_close_func=leave)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.show()
    window.start()
    someone = Person(window, qtbot)
    someone.until(lambda: window.document.facts.trainable)
    someone.until(lambda: window.prediction.caption.text() and not window.inspect.is_behind)
    yield someone
    someone.until(lambda: window.files.is_busy is False)


def leave(window: MainWindow) -> None:
    """End a run, if there is one, and the threads."""
    if window.training.state.value != "idle":
        loop = QEventLoop()
        window.training.finished.connect(loop.quit)
        window.run_guard.forget()
        window.training.close()
        loop.exec()
    window.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where this person keeps projects."""
    return tmp_path
