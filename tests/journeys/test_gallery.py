"""From the gallery to a network on the canvas, and from a network that cannot be trained to its feature maps."""

from __future__ import annotations

from journeys.person import Person
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.gui.gallery.dialog import GalleryDialog


def gallery(person: Person) -> GalleryDialog:
    """Open the gallery."""
    person.keys(Qt.Key.Key_N)
    person.until(lambda: isinstance(QApplication.activeModalWidget(), GalleryDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, GalleryDialog)
    person.until(dialog.isActiveWindow)
    return dialog


def choose(person: Person, text: str) -> None:
    """Open the gallery, type ``text`` and press Enter."""
    dialog = gallery(person)
    field = QApplication.focusWidget()
    assert field is dialog.search
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_a_network_of_the_gallery_opens_fresh_and_shows_a_photo_inside(person: Person) -> None:
    window = person.window
    choose(person, "resnet")
    person.until(lambda: "ResNet-18" in window.windowTitle())
    assert len(window.document.project.graph.nodes) == len(templates.BY_KEY["resnet18"].build().graph.nodes)
    assert window.document.undo_label is None
    assert not window.document.modified
    person.until(lambda: window.document.facts.parameters == 11_689_512)
    # There are no pictures to train it with, and that is said; a photo is the input, and its answer has ten bars.
    assert not window.run_actions.train.isEnabled()
    assert "No training pictures" in window.run_bar.status.full
    person.until(lambda: "10 most likely of 1,000" in window.prediction.caption.text())
    window.selection.set([person.uid("layer1.0.conv1")])
    window.tabs.setCurrentWidget(window.layer_views.maps)
    person.until(lambda: "64" in window.layer_views.maps.panel.sheet.accessibleDescription())
    choose(person, "lenet")
    person.until(lambda: window.document.facts.parameters == 61_706)
    assert window.run_actions.train.isEnabled()


def test_by_mouse(person: Person) -> None:
    window = person.window
    dialog = gallery(person)
    row = next(item for item in dialog.list.findItems("LeNet-5", Qt.MatchFlag.MatchExactly))
    person.click(dialog.list.viewport(), dialog.list.visualItemRect(row).center())
    assert dialog.page.title.text() == "LeNet-5"
    person.press("Open", dialog)
    person.until(lambda: "LeNet-5" in window.windowTitle())


def edited(person: Person) -> Project:
    person.window.document.edit(message("Add"), lambda project: changes.add_layer(project, "relu", (0, 800)))
    return person.window.document.project


def test_unsaved_changes_are_asked_about_and_cancel_keeps_them(person: Person) -> None:
    before = edited(person)
    choose(person, "lenet")
    person.answer("Cancel")
    assert person.window.document.project is before
    choose(person, "")  # LeNet-5 is still marked
    person.answer("Discard")
    person.until(lambda: "LeNet-5" in person.window.windowTitle())


def test_escape_leaves_everything_as_it_was(person: Person) -> None:
    before = edited(person)
    dialog = gallery(person)
    QTest.keyClick(dialog.search, Qt.Key.Key_Escape)
    person.until(lambda: QApplication.activeModalWidget() is None)
    assert person.window.document.project is before


def test_an_empty_network_needs_no_gallery(person: Person) -> None:
    person.keys(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert len(person.window.document.project.graph.nodes) == 2
