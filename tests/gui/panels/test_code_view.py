"""The code beside the network: always the present one, tied to the cards, and muted with a reason where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.codegen import export_code
from cnnlab.gui.document import Document
from cnnlab.gui.panels import code_view
from cnnlab.gui.panels.code_view import CodeView
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.selection import Selection


class Desk:
    """A project, its code on the screen, and what has been worked out for it."""

    def __init__(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.qtbot = qtbot
        self.written: list[Project] = []
        write = code_view._write

        def counting(project: Project) -> object:
            self.written.append(project)
            return write(project)

        monkeypatch.setattr(code_view, "_write", counting)
        self.document = Document(templates.BY_KEY["mnist"].build())
        self.selection = Selection()
        self.view = CodeView(self.document, self.selection)
        qtbot.addWidget(self.view)
        self.view.resize(700, 300)

    def start(self) -> None:
        self.view.show()
        self.document.ask_shapes()
        self.follow()

    def follow(self) -> None:
        """Wait until the code of the project as it is now is shown."""
        wanted = export_code(self.document.project).text.rstrip("\n")
        self.qtbot.waitUntil(lambda: self.shown == wanted and not self.view.why, timeout=20_000)

    @property
    def shown(self) -> str:
        return self.view.text.toPlainText()

    def line_of(self, text: str) -> int:
        return next(number for number, line in enumerate(self.shown.split("\n"), 1) if text in line)

    def cut(self) -> None:
        """Take the wire to conv1 away."""
        self.document.edit(message("Cut"), lambda project: changes.disconnect(project, project.graph.wires[:1]))
        self.qtbot.waitUntil(lambda: bool(self.view.why), timeout=20_000)

    def button(self, text: str) -> QPushButton:
        return next(button for button in self.view.findChildren(QPushButton) if button.text() == text)


@pytest.fixture
def desk(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(qtbot, monkeypatch)
    yield desk
    desk.document.close()
    desk.view.end()


def test_the_code_follows_every_edit_and_its_undo(desk: Desk) -> None:
    desk.start()
    assert desk.line_of("nn.Conv2d(1, 32")
    desk.document.edit(message("Filters"), lambda project: changes.set_params(project, "conv1", out_channels=48))
    desk.follow()
    assert desk.line_of("nn.Conv2d(1, 48")
    desk.document.edit(message("Rename"), lambda project: changes.rename(project, "conv1", "stem"))
    desk.follow()
    assert desk.line_of("self.stem = ")
    desk.document.undo()
    desk.document.undo()
    desk.follow()
    assert desk.line_of("self.conv1 = nn.Conv2d(1, 32")


def test_moving_a_card_or_training_asks_for_no_code(desk: Desk) -> None:
    desk.start()
    desk.document.edit(message("Move"), lambda project: changes.move(project, {"conv1": (5, 5)}))
    desk.document.edit(message("Epochs"), lambda project: changes.set_training(project, epochs=3))
    assert len(desk.written) == 1
    desk.document.edit(message("Title"), lambda project: replace(project, title="Another"))
    desk.follow()
    assert len(desk.written) == 2


def test_code_that_is_not_to_be_seen_is_not_worked_out(desk: Desk) -> None:
    with desk.qtbot.waitSignal(desk.document.facts_changed, timeout=20_000):
        desk.document.ask_shapes()
    assert desk.written == []
    desk.view.show()
    desk.follow()
    assert len(desk.written) == 1


def test_the_lines_of_the_selected_card_are_marked(desk: Desk) -> None:
    desk.start()
    desk.selection.set(["conv2"])
    assert desk.view.text.marked == {desk.line_of("self.conv2 = "), desk.line_of("x = self.conv2(x)")}
    desk.selection.set(["conv2", "fc1"])
    assert desk.line_of("self.fc1 = ") in desk.view.text.marked
    desk.selection.set([])
    assert desk.view.text.marked == frozenset()


def test_marks_follow_when_lines_move(desk: Desk) -> None:
    desk.start()
    desk.selection.set(["fc2"])
    before = desk.view.text.marked
    desk.document.edit(message("Delete"), lambda project: changes.remove_and_join(project, "relu1"))
    desk.follow()
    assert desk.view.text.marked == {desk.line_of("self.fc2 = "), desk.line_of("return self.fc2(x)")}
    assert desk.view.text.marked != before


def test_a_click_on_a_line_selects_its_card(desk: Desk) -> None:
    desk.start()
    line = desk.line_of("x = self.pool2(x)")
    desk.view.text.verticalScrollBar().setValue(line - 4)
    area = next(area for block, area in desk.view.text.blocks_in_view() if block.blockNumber() == line - 1)
    desk.qtbot.mouseClick(desk.view.text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, area.center().y()))
    assert desk.selection.uids == ("pool2",)
    desk.view.text.verticalScrollBar().setValue(0)
    title = next(area for block, area in desk.view.text.blocks_in_view() if block.blockNumber() == 0)
    desk.qtbot.mouseClick(desk.view.text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, title.center().y()))
    assert desk.selection.uids == ("pool2",)  # a line of no layer leaves the selection alone


def test_the_last_code_stays_muted_under_the_reason_until_it_is_repaired(desk: Desk) -> None:
    desk.start()
    before = desk.shown
    desk.cut()
    assert "conv1" in desk.view.why
    assert desk.shown == before
    assert desk.view.text.is_pale
    assert desk.view._why.isVisible()
    assert not desk.button("Copy all").isEnabled()
    assert not desk.button("Save as .py…").isEnabled()
    desk.document.undo()
    desk.follow()
    assert not desk.view.text.is_pale
    assert not desk.view._why.isVisible()
    assert desk.button("Copy all").isEnabled()


def test_without_any_code_yet_the_page_says_what_to_do(desk: Desk) -> None:
    desk.view.show()
    said = [label.text() for label in desk.view.findChildren(TextLabel) if label.isVisible()]
    assert "The code of the network appears here." in said
    desk.cut()
    said = [label.text() for label in desk.view.findChildren(TextLabel) if label.isVisible()]
    assert any(desk.view.why in text and "Then the code of the network appears here." in text for text in said)


def test_another_project_leaves_no_code_of_the_one_before(desk: Desk) -> None:
    desk.start()
    desk.document.open(templates.BY_KEY["empty"].build(), None)
    desk.qtbot.waitUntil(lambda: bool(desk.view.why), timeout=20_000)
    assert not desk.view.text.isVisible()
    desk.document.open(templates.BY_KEY["lenet5"].build(), None)
    desk.follow()


def test_all_of_it_goes_into_the_clipboard(desk: Desk) -> None:
    desk.start()
    with desk.qtbot.waitSignal(desk.view.notice):
        desk.qtbot.mouseClick(desk.button("Copy all"), Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == export_code(desk.document.project).text


def test_saving_is_asked_for(desk: Desk) -> None:
    desk.start()
    with desk.qtbot.waitSignal(desk.view.save_wanted):
        desk.qtbot.mouseClick(desk.button("Save as .py…"), Qt.MouseButton.LeftButton)
