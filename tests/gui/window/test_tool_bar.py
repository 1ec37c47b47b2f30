from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message
from cnnlab.core.project.project import DataSettings
from cnnlab.gui.document import Document
from cnnlab.gui.window.tool_bar import DataButton


@pytest.fixture
def document(qapp: QApplication) -> Iterator[Document]:
    document = Document(templates.BY_KEY["mnist"].build())
    yield document
    document.close()


@pytest.fixture
def button(qtbot: QtBot, document: Document) -> DataButton:
    button = DataButton(document)
    qtbot.addWidget(button)
    return button


def marked(button: DataButton) -> list[str]:
    return [action.data() for action in button.menu().actions() if action.isChecked()]


def test_the_button_is_as_wide_whatever_the_set_is_called(button: DataButton, document: Document) -> None:
    widths = set()
    for name, source in SOURCES.items():
        document.edit(message("Change"), lambda project, name=name: replace(project, data=DataSettings(name)))
        widths.add(button.sizeHint().boundedTo(button.maximumSize()).expandedTo(button.minimumSize()).width())
        assert str(source.title) in button.toolTip()
    assert len(widths) == 1


def test_the_menu_has_every_set_with_pictures_and_marks_the_project_s(button: DataButton, document: Document) -> None:
    names = [action.data() for action in button.menu().actions() if not action.isSeparator()]
    assert names == [name for name, source in SOURCES.items() if source.has_pictures]
    assert (button.text(), marked(button)) == ("MNIST", ["mnist"])
    document.edit(message("Change"), lambda project: replace(project, data=DataSettings("cifar100")))
    assert (button.text(), marked(button)) == ("CIFAR-100", ["cifar100"])
    document.edit(message("Change"), lambda project: replace(project, data=DataSettings("imagenet")))
    assert (button.text(), marked(button)) == ("ImageNet", [])


def test_a_choice_is_told_and_only_the_document_moves_the_mark(qtbot: QtBot, button: DataButton) -> None:
    (action,) = (action for action in button.menu().actions() if action.data() == "mnist_seven")
    with qtbot.waitSignal(button.chosen) as told:
        action.trigger()
    assert told.args == ["mnist_seven"]
    assert marked(button) == ["mnist"]
