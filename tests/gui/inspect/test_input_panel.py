"""The input for networks whose pictures the app does not have, and for those that are about digits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.project import SOURCES
from cnnlab.engine.looks import Drawing, Picture
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.input_panel import InputPanel
from cnnlab.gui.selection import Selection


class Place:
    """An input panel over a project of the gallery."""

    def __init__(self, qtbot: QtBot, key: str) -> None:
        self.document = Document(templates.BY_KEY[key].build())
        self.controller = InspectController(self.document, Selection())
        self.panel = InputPanel(self.controller)
        qtbot.addWidget(self.panel)
        self.panel.resize(300, 500)
        self.panel.show()
        self.follow()

    def follow(self) -> None:
        """As the window does after each edit."""
        project = self.document.project
        self.panel.set_preprocessing(project.preprocessing)
        self.panel.set_source(SOURCES[project.data.source])

    def button(self, words: str) -> QAbstractButton:
        """The button of that text."""
        return next(each for each in self.panel.findChildren(QAbstractButton) if each.text() == words)


@pytest.fixture
def place(qtbot: QtBot) -> Iterator[Place]:
    made = Place(qtbot, "squeezenet1_1")
    yield made
    made.controller.close()
    made.document.close()


def wait_for_picture(qtbot: QtBot, place: Place, before: object = None) -> Picture:
    qtbot.waitUntil(lambda: isinstance(place.controller.source, Picture) and place.controller.source is not before)
    source = place.controller.source
    assert isinstance(source, Picture)
    return source


def test_a_network_for_photos_starts_with_a_photo_of_its_size(qtbot: QtBot, place: Place) -> None:
    picture = wait_for_picture(qtbot, place)
    assert picture.pixels.shape == (3, 224, 224)
    assert picture.pixels.std() > 20
    assert place.button("Test picture").isHidden()
    assert place.button("File").isChecked()


def test_each_sample_photo_is_another_picture(qtbot: QtBot, place: Place) -> None:
    seen = [wait_for_picture(qtbot, place)]
    buttons = place.panel.photos.findChildren(QToolButton)
    assert [button.accessibleName() for button in buttons if not button.icon().isNull()] == [
        "Photo of an astronaut",
        "Photo of a cat",
        "Photo of a cup of coffee",
    ]
    for button in buttons[1:]:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        seen.append(wait_for_picture(qtbot, place, seen[-1]))
    assert len({picture.pixels.tobytes() for picture in seen}) == 3


def test_back_at_digits_the_pad_is_the_input_again(qtbot: QtBot, place: Place) -> None:
    wait_for_picture(qtbot, place)
    place.document.open(templates.BY_KEY["lenet5"].build(), None)
    place.follow()
    assert isinstance(place.controller.source, Drawing)
    assert place.button("Test picture").isVisible()
    assert place.button("Draw").isChecked()


def test_an_edit_leaves_the_chosen_input_alone(qtbot: QtBot, place: Place) -> None:
    wait_for_picture(qtbot, place)
    place.panel.choose(0)
    place.follow()
    assert place.button("Draw").isChecked()
    assert isinstance(place.controller.source, Drawing)


def test_a_network_for_small_photos_starts_with_one_too_and_has_test_pictures(qtbot: QtBot, place: Place) -> None:
    before = wait_for_picture(qtbot, place)
    place.document.open(templates.BY_KEY["cifar10"].build(), None)
    place.follow()
    assert wait_for_picture(qtbot, place, before).pixels.shape == (3, 32, 32)
    assert place.button("Test picture").isVisible()
