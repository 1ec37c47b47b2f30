"""A gallery over an empty window, with torchvision's models as a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from gui.gallery.visitor import MODELS, Make, Visitor, a_project
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core.project.project import Project
from cnnlab.engine.importer.published import Published
from cnnlab.gui.gallery.gallery import Gallery
from cnnlab.gui.gallery.workshop import Workshop
from cnnlab.gui.theme import theme


@pytest.fixture
def visit(qtbot: QtBot, qapp: QApplication) -> Iterator[Make]:
    """A function that makes a gallery; ``listing`` and ``importing`` stand for torchvision."""
    theme.apply(qapp, dark=False)
    window = QWidget()
    window.resize(1366, 768)
    qtbot.addWidget(window)
    window.show()
    made: list[Gallery] = []

    def make(
        listing: Callable[[], tuple[Published, ...]] = lambda: MODELS, importing: Callable[[str], Project] = a_project
    ) -> Visitor:
        made.append(Gallery(window, Workshop(window, listing=listing, importing=importing)))
        return Visitor(made[-1], qtbot)

    yield make
    for gallery in made:
        gallery.close()


@pytest.fixture
def visitor(visit: Make) -> Visitor:
    """A visitor of the gallery as it is when all goes well."""
    return visit()
