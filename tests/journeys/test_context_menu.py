"""The menu under the right button, and under the menu key."""

from __future__ import annotations

import pytest
from journeys.person import Person
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from cnnlab.gui.editor.quick_add import QuickAdd
from cnnlab.gui.editor.rename_field import RenameField

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)", extend=True)
"""The offscreen platform says so of any menu."""


def opened(person: Person) -> QMenu:
    """The menu that is open."""
    person.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def ask_by_mouse(person: Person, at: QPoint) -> QMenu:
    """Press the right button there, as the platform tells it: a press, then the wish for a menu."""
    QTest.mousePress(person.viewport, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, person.viewport.mapToGlobal(at))
    QApplication.sendEvent(person.viewport, event)
    QTest.mouseRelease(person.viewport, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, at)
    return opened(person)


def ask_by_key(person: Person) -> QMenu:
    """Press the menu key, which asks for a menu at the widget in focus."""
    view = person.window.canvas.view
    view.setFocus()
    at = view.rect().center()
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, view.mapToGlobal(at)))
    return opened(person)


def message_of(menu: QMenu) -> list[str]:
    return [action.text().split("\t")[0].replace("&", "") for action in menu.actions() if not action.isSeparator()]


def choose(person: Person, menu: QMenu, text: str) -> None:
    """Go to the entry by keys, and press Enter."""
    action: QAction = menu.actions()[0]
    for action in menu.actions():
        if action.text().split("\t")[0].replace("&", "") == text:
            break
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    person.until(lambda: QApplication.activePopupWidget() is None)


def on_wire(person: Person, source: str, target: str) -> QPoint:
    """The middle of a straight wire, on the viewport."""
    return (person.port(source, output=True) + person.port(target, output=False)) / 2


def test_a_card_can_be_renamed_copied_deleted_and_read_as_code(person: Person) -> None:
    window, graph = person.window, lambda: person.window.document.project.graph
    menu = ask_by_mouse(person, person.card("relu1"))
    assert window.selection.uids == (person.uid("relu1"),)
    assert message_of(menu) == ["Rename…", "Copy", "Duplicate", "Delete", "Delete and join", "Show its code"]
    assert window.commands["delete-join"].shortcut().toString() == "Ctrl+Backspace"
    choose(person, menu, "Delete and join")
    assert "relu1" not in graph().by_path
    window.document.undo()

    choose(person, ask_by_mouse(person, person.card("relu1")), "Rename…")
    field = window.canvas.findChild(RenameField)
    assert field is not None
    person.until(field.hasFocus)
    field.selectAll()
    QTest.keyClicks(field, "first_relu")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "first_relu" in graph().by_path

    window.canvas.reveal(person.uid("fc1"))
    choose(person, ask_by_key(person), "Show its code")
    person.until(lambda: window.code.text.marked)
    lines = window.code.text.toPlainText().split("\n")
    assert "self.fc1 = nn.Linear(128, 128)" in {lines[line - 1].strip() for line in window.code.text.marked}


def test_a_layer_is_inserted_into_the_wire_under_the_mouse(person: Person) -> None:
    window = person.window
    at = on_wire(person, "conv1", "relu1")
    menu = ask_by_mouse(person, at)
    assert message_of(menu) == ["Insert layer…", "Delete"]
    choose(person, menu, "Insert layer…")
    small = window.canvas.findChild(QuickAdd)
    assert small is not None
    QTest.keyClicks(small.palette_.search, "batchnorm2d")
    QTest.keyClick(small.palette_.search, Qt.Key.Key_Return)
    graph = window.document.project.graph
    made = next(node.uid for node in graph.nodes if node.type == "batchnorm2d")
    assert [wire.source for wire in graph.incoming(made)] == [person.uid("conv1")]
    assert [wire.target for wire in graph.outgoing(made)] == [person.uid("relu1")]
    window.document.undo()

    choose(person, ask_by_mouse(person, at), "Delete")
    assert window.document.project.graph.incoming(person.uid("relu1")) == ()


def test_the_ground_takes_a_layer_where_the_mouse_is(person: Person) -> None:
    window = person.window
    window.selection.set(())
    menu = ask_by_key(person)
    assert message_of(menu) == ["Add layer…", "Paste", "Fit", "Tidy up"]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    at = QPoint(person.viewport.width() - 60, 40)
    before = set(window.document.project.graph.by_uid)
    choose(person, ask_by_mouse(person, at), "Add layer…")
    small = window.canvas.findChild(QuickAdd)
    assert small is not None
    QTest.keyClicks(small.palette_.search, "dropout")
    QTest.keyClick(small.palette_.search, Qt.Key.Key_Return)
    (made,) = set(window.document.project.graph.by_uid) - before
    middle = window.canvas.scene.cards[made].card_rect().center()
    assert (person.on_view(middle) - at).manhattanLength() < 16
