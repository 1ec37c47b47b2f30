"""Save, reopen, recent files, "save changes?", and files that cannot be opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from journeys.person import Person
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from cnnlab.core.graph.graph import Wire
from cnnlab.core.layout import arrange
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.engine import archive
from cnnlab.gui.files.project_files import ProjectFiles


def choose(person: Person, path: Path) -> None:
    """Type a path into the file dialog that is open, and press Enter."""
    person.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    dialog.selectFile(str(path))
    QTest.keyClick(dialog, Qt.Key.Key_Return)


def save(person: Person, path: Path) -> None:
    person.keys(Qt.Key.Key_S)
    choose(person, path)
    person.until(lambda: person.window.document.path == path)


def test_save_and_reopen_with_weights(person: Person, folder: Path) -> None:
    window = person.window
    person.run("One batch")
    person.until(lambda: window.training.state.value == "paused")
    person.run("Stop")
    person.until(lambda: window.training.state.value == "idle")
    trained = window.document.project
    path = folder / "first net.cnnlab"
    save(person, path)
    assert not window.document.modified
    assert "first net.cnnlab" in window.windowTitle()
    window.files.new("lenet5")
    assert len(window.document.project.graph.nodes) == 14
    window.files.open(path)
    person.until(lambda: window.document.path == path)
    opened = window.document.project
    assert opened == trained
    for uid, tensors in trained.weights.nodes.items():
        for name, array in tensors.items():
            np.testing.assert_array_equal(opened.weights.nodes[uid][name], array)
    assert window.preferences.recent == [path]


def test_closing_asks_and_cancel_keeps(person: Person, folder: Path) -> None:
    window = person.window
    window.document.edit(message("Add"), lambda p: changes.add_layer(p, "relu", (0, 800)))
    window.close()
    person.answer("Cancel")
    assert window.isVisible()
    window.close()
    person.answer("Save")
    choose(person, folder / "kept.cnnlab")
    person.until(lambda: not window.isVisible())
    assert (folder / "kept.cnnlab").is_file()


def test_closing_without_changes_asks_nothing(person: Person) -> None:
    assert person.window.close()
    assert not person.window.isVisible()


def test_discard_closes(person: Person) -> None:
    person.window.document.edit(message("Add"), lambda p: changes.add_layer(p, "relu", (0, 800)))
    person.window.close()
    person.answer("Discard")
    person.until(lambda: not person.window.isVisible())


def test_closing_while_training_asks(person: Person, folder: Path) -> None:
    window = person.window
    person.run("Train")
    person.until(lambda: window.training.progress.steps >= 3)
    window.close()
    person.answer("Keep training")
    assert window.isVisible()
    assert window.training.state.value == "running"
    window.close()
    person.answer("Stop training")
    person.answer("Save")
    choose(person, folder / "run.cnnlab")
    person.until(lambda: not window.isVisible())
    assert (folder / "run.cnnlab").is_file()


def test_new_project_while_training_asks_and_gets_no_weights_of_the_old_run(person: Person) -> None:
    window = person.window
    person.run("Train")
    person.until(lambda: window.training.progress.steps >= 3)
    window.files.new("lenet5")
    assert len(window.document.project.graph.nodes) == 15
    person.answer("Stop training")
    person.answer("Discard")
    person.until(lambda: len(window.document.project.graph.nodes) == 14)
    assert not window.document.project.weights.nodes
    assert window.training.state.value == "idle"
    person.until(lambda: window.document.facts.parameters == 61_706)
    person.run("One batch")
    person.until(lambda: window.training.state.value == "paused")
    person.run("Stop")
    person.until(lambda: window.training.state.value == "idle")


def test_damaged_file_is_told_and_nothing_is_lost(person: Person, folder: Path) -> None:
    window = person.window
    path = folder / "net.cnnlab"
    save(person, path)
    before = window.document.project
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    window.files.open(path)
    person.until(person.question)
    box = person.question()
    assert box is not None
    assert "net.cnnlab" in box.text()
    assert window.document.project is before
    person.answer("Close")


def test_a_file_with_a_loop_opens_and_the_list_says_what_is_wrong(person: Person, folder: Path) -> None:
    window = person.window
    starter = window.document.project
    ring = changes.add_layer(changes.add_layer(starter, "identity", (0, 800), "one"), "dropout", (232, 800), "two")
    output = person.uid("output")
    for wire in (Wire("one", "two"), Wire("two", "one"), Wire("two", output)):
        ring = changes.connect(ring, wire)
    path = folder / "loop.cnnlab"
    archive.save(ring, path)
    window.files.open(path)
    person.until(lambda: window.document.path == path)
    person.until(lambda: len(window.problems.cards) >= 2)
    sentences = [str(card.problem.message) for card in window.problems.cards]
    for uid in ("one", "two"):
        assert any(f"{ring.graph.by_uid[uid].path} is part of a loop" in text for text in sentences)
    assert set(window.canvas.scene.cards) == set(ring.graph.by_uid)
    window.document.edit(message("Arrange"), arrange.tidy)
    window.document.edit(message("Open the loop"), lambda p: changes.disconnect(p, [Wire("two", "one")]))
    person.until(lambda: not any("part of a loop" in str(card.problem.message) for card in window.problems.cards))


def test_file_changed_by_another_program_is_not_overwritten_unasked(person: Person, folder: Path) -> None:
    window = person.window
    path = folder / "net.cnnlab"
    save(person, path)
    theirs = path.read_bytes() + b" "
    path.write_bytes(theirs)
    window.document.edit(message("Add"), lambda p: changes.add_layer(p, "relu", (0, 800)))
    person.keys(Qt.Key.Key_S)
    person.answer("Cancel")
    assert path.read_bytes() == theirs
    assert window.document.modified
    person.keys(Qt.Key.Key_S)
    person.answer("Overwrite")
    person.until(lambda: not window.document.modified)
    assert isinstance(window.files, ProjectFiles)
