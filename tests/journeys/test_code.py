"""Read the network as code beside it, take it along as files, and bring weights back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from journeys.person import Person
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.gui.files.weights_dialog import WeightsDialog

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def show_code(person: Person) -> None:
    """Press the keys for the code, and wait until it is there."""
    person.keys(Qt.Key.Key_C, CTRL_SHIFT)
    person.until(lambda: person.window.code.text.toPlainText() and not person.window.code.why)


def choose(person: Person, path: Path) -> None:
    """Type a path into the file dialog that is open, and press Enter."""
    person.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    dialog.selectFile(str(path))
    QTest.keyClick(dialog, Qt.Key.Key_Return)


def test_card_and_line_find_each_other(person: Person) -> None:
    window = person.window
    show_code(person)
    person.press("Fit", window.tool_bar)
    person.until(lambda: person.viewport.rect().contains(person.card("fc1")))
    person.click(person.viewport, person.card("fc1"))
    lines = window.code.text.toPlainText().split("\n")
    marked = [lines[number - 1].strip() for number in sorted(window.code.text.marked)]
    assert marked == ["self.fc1 = nn.Linear(128, 128)", "x = self.fc1(x)"]
    window.canvas.view.set_zoom(1.5)
    window.canvas.view.reveal_card(person.uid("input"))
    person.until(lambda: not person.viewport.rect().contains(person.card("pool3")))
    number = next(at for at, line in enumerate(lines) if "self.pool3 = " in line)
    area = next(area for block, area in window.code.text.blocks_in_view() if block.blockNumber() == number)
    person.click(window.code.text.viewport(), QPoint(80, area.center().y()))
    assert window.selection.uids == (person.uid("pool3"),)
    assert window.form.page is not None
    assert window.form.page.uid == person.uid("pool3")
    assert person.viewport.rect().contains(person.card("pool3")), "its card comes into view"


def test_undo_with_the_code_in_focus_undoes_the_edit_and_the_code_follows(person: Person) -> None:
    window = person.window
    show_code(person)
    window.document.edit(message("Filters"), lambda project: changes.set_params(project, "conv1", out_channels=7))
    person.until(lambda: "nn.Conv2d(1, 7" in window.code.text.toPlainText())
    window.code.text.setFocus()
    QTest.keyClick(window.code.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    person.until(lambda: "nn.Conv2d(1, 32" in window.code.text.toPlainText())


def test_the_code_is_as_it_was_left_at_the_next_start(person: Person) -> None:
    window = person.window
    assert not window.code.isVisible()
    assert not window.preferences.code
    show_code(person)
    window.close()
    assert window.preferences.code


def test_the_saved_code_makes_a_network_that_takes_the_saved_weights(person: Person, folder: Path) -> None:
    show_code(person)
    person.press("Save as .py…", person.window.code)
    choose(person, folder / "starter.py")
    person.until(lambda: person.window.banner.text == "Exported starter.py.")
    person.window.exports.ask("weights")
    choose(person, folder / "starter.safetensors")
    person.until(lambda: person.window.banner.text == "Exported starter.safetensors.")
    from safetensors.torch import load_file

    space: dict[str, type[torch.nn.Module]] = {}
    exec((folder / "starter.py").read_text(), space)
    space["MNISTStarterNet"]().load_state_dict(load_file(folder / "starter.safetensors"), strict=True)


def test_exported_weights_come_back_by_import(person: Person, folder: Path) -> None:
    window = person.window
    person.run("One batch")
    person.until(lambda: window.training.state.value == "paused")
    person.run("Stop")
    person.until(lambda: window.training.state.value == "idle")
    trained = window.document.project.weights.nodes
    window.exports.ask("weights")
    choose(person, folder / "trained.safetensors")
    person.until(lambda: window.banner.text == "Exported trained.safetensors.")
    window.reset_weights()
    assert not window.document.project.weights.nodes
    assert window.run_bar.figures["loss"].value != "–"
    window.weights_import.ask()
    choose(person, folder / "trained.safetensors")
    person.until(lambda: isinstance(QApplication.activeModalWidget(), WeightsDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, WeightsDialog)
    person.click(dialog.load_all)
    person.until(lambda: window.document.project.weights.nodes)
    for uid, tensors in trained.items():
        for name, array in tensors.items():
            np.testing.assert_array_equal(window.document.project.weights.nodes[uid][name], array)
    assert str(window.document.undo_label) == "Import weights"
    # The figures were those of a run that these weights are not of.
    assert window.run_bar.figures["loss"].value == "–"
