"""A canvas on the screen, and a hand that uses it only through events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from gui.editor.hand import Hand, InstantDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.project.project import Project
from cnnlab.gui.editor.canvas import NetworkCanvas
from cnnlab.gui.selection import Selection


@pytest.fixture
def open_canvas(qtbot: QtBot) -> Iterator[Callable[[Project], Hand]]:
    """Opens projects, each on a canvas of its own of 900 × 600 pixels."""
    documents = []

    def open_one(project: Project) -> Hand:
        document, selection = InstantDocument(project), Selection()
        documents.append(document)
        document.know_sizes()
        canvas = NetworkCanvas(document, selection)
        qtbot.addWidget(canvas)
        canvas.resize(900, 600)
        canvas.show()
        canvas.view.setFocus()
        QTest.qWaitForWindowExposed(canvas)
        canvas.fit()
        return Hand(canvas, document, selection)

    yield open_one
    for document in documents:
        document.close()


@pytest.fixture
def hand(open_canvas: Callable[[Project], Hand]) -> Hand:
    """The starter net."""
    return open_canvas(templates.BY_KEY["mnist"].build())


@pytest.fixture
def empty(open_canvas: Callable[[Project], Hand]) -> Hand:
    """Input and output only."""
    return open_canvas(templates.BY_KEY["empty"].build())
