"""The input for networks whose pictures the app does not have, and for those that are about digits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.inspection.looks import Input, Seen
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.input_panel import InputPanel
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Processor


class Place:
    """An input panel over a project of the gallery."""

    def __init__(self, qtbot: QtBot, project: Project) -> None:
        self.document = Document(project)
        self.processor = Processor()
        self.controller = InspectController(self.document, Selection(), self.processor)
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

    def close(self) -> None:
        """End the threads."""
        self.controller.close()
        self.processor.close()
        self.document.close()

    def button(self, text: str) -> QAbstractButton:
        """The button of that text."""
        return next(each for each in self.panel.findChildren(QAbstractButton) if each.text() == text)


@pytest.fixture
def place(qtbot: QtBot) -> Iterator[Place]:
    made = Place(qtbot, templates.BY_KEY["squeezenet1_1"].build())
    yield made
    made.close()


def wait_for_picture(qtbot: QtBot, place: Place, before: object = None) -> Input:
    qtbot.waitUntil(lambda: not place.controller.input.is_drawing and place.controller.input is not before)
    return place.controller.input


def pixels(given: Input) -> np.ndarray:
    """Of an input that was read."""
    assert given.pixels is not None
    return given.pixels


def test_a_network_for_photos_starts_with_a_photo_of_its_size(qtbot: QtBot, place: Place) -> None:
    picture = wait_for_picture(qtbot, place)
    assert pixels(picture).shape == (3, 224, 224)
    assert pixels(picture).std() > 20
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
    assert len({pixels(picture).tobytes() for picture in seen}) == 3


def test_back_at_digits_the_pad_is_the_input_again(qtbot: QtBot, place: Place) -> None:
    wait_for_picture(qtbot, place)
    place.document.open(templates.BY_KEY["lenet5"].build(), None)
    place.follow()
    assert place.controller.input.is_drawing
    assert place.button("Test picture").isVisible()
    assert place.button("Draw").isChecked()


def test_an_edit_leaves_the_chosen_input_alone(qtbot: QtBot, place: Place) -> None:
    wait_for_picture(qtbot, place)
    place.panel.choose(0)
    place.follow()
    assert place.button("Draw").isChecked()
    assert place.controller.input.is_drawing


def test_a_network_for_small_photos_starts_with_one_too_and_has_test_pictures(qtbot: QtBot, place: Place) -> None:
    before = wait_for_picture(qtbot, place)
    place.document.open(templates.BY_KEY["cifar10"].build(), None)
    place.follow()
    assert pixels(wait_for_picture(qtbot, place, before)).shape == (3, 32, 32)
    assert place.button("Test picture").isVisible()


def of_input(project: Project, channels: int, side: int) -> Project:
    """The project with pictures of another size at its Input."""
    (start,) = project.graph.of_type("input")
    return changes.set_params(project, start.uid, channels=channels, height=side, width=side)


def received(qtbot: QtBot, place: Place) -> np.ndarray:
    """What the network of the open project receives, once it has been looked at."""
    height = place.document.project.picture_shape[1]
    seen: list[Seen] = []
    place.controller.seen.connect(seen.append)
    place.controller.start()
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].received is not None and seen[-1].picture.shape[1] == height)
    place.controller.seen.disconnect(seen.append)
    received = seen[-1].received
    assert received is not None
    return received


@pytest.mark.parametrize("how", ["open", "edit"])
def test_what_the_network_receives_does_not_depend_on_what_was_open_before(qtbot: QtBot, how: str) -> None:
    template = templates.BY_KEY["squeezenet1_1"].build()
    large, small = of_input(template, 3, 97), of_input(template, 3, 64)
    alone, after = Place(qtbot, small), Place(qtbot, large)
    first = received(qtbot, after)
    if how == "open":
        after.document.open(small, None)
        after.follow()
    else:
        after.document.edit(message("Change size"), lambda project: of_input(project, 3, 64))
        after.follow()
    np.testing.assert_array_equal(received(qtbot, after), received(qtbot, alone))
    assert first.shape == (3, 97, 97)
    for each in (alone, after):
        each.close()


def test_a_file_that_is_gone_is_no_input_of_another_size(qtbot: QtBot, place: Place, tmp_path: Path) -> None:
    before = wait_for_picture(qtbot, place)
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((50, 50), 90, np.uint8)).save(path)
    place.panel.open_file(path)
    wait_for_picture(qtbot, place, before)
    path.unlink()
    with qtbot.waitSignal(place.controller.notice) as told:
        place.document.edit(message("Change size"), lambda project: of_input(project, 3, 64))
    assert "grey.png" in told.args[0]
    assert place.controller.input.is_drawing
    assert not pixels(place.controller.input).any()


def test_an_input_of_two_channels_is_told_apart_from_a_photo(qtbot: QtBot, place: Place) -> None:
    wait_for_picture(qtbot, place)
    seen: list[Seen] = []
    place.controller.seen.connect(seen.append)
    place.document.edit(message("Change size"), lambda project: of_input(project, 2, 64))
    place.controller.start()
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].why is not None and seen[-1].picture.shape == (3, 64, 64))
    place.controller.seen.disconnect(seen.append)
    assert "Set its channels to 3" in str(seen[-1].why)
