"""How a layer takes part in training, in its panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.training.learning import INITIALISATIONS, Learning
from cnnlab.core.values import Frozen
from cnnlab.gui.document import Document
from cnnlab.gui.panels.learning_form import LearningForm
from cnnlab.gui.panels.property_form import PropertyForm
from cnnlab.gui.panels.several_page import SeveralPage
from cnnlab.gui.selection import Selection


class Panel:
    """The panel with the sizes of the starter net known."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.document = Document(templates.BY_KEY["mnist"].build())
        self.selection = Selection()
        self.form = PropertyForm(self.document, self.selection)
        qtbot.addWidget(self.form)
        self.form.resize(328, 700)
        self.form.show()
        with qtbot.waitSignal(self.document.facts_changed, timeout=30_000):
            self.document.ask_shapes()

    def select(self, *uids: str) -> LearningForm:
        self.selection.set(uids)
        assert self.form.page is not None
        return self.form.page.learning

    def learning(self, uid: str) -> Learning:
        return self.document.project.learning.get(uid, Learning())


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[Panel]:
    made = Panel(qtbot)
    yield made
    made.document.close()


@pytest.mark.parametrize(("uid", "there"), [("conv1", True), ("fc1", True), ("relu1", False), ("pool1", False)])
def test_it_is_there_for_layers_with_weights(panel: Panel, uid: str, there: bool) -> None:
    assert panel.select(uid).isVisible() is there


def test_a_click_freezes_and_another_lets_it_learn_again(panel: Panel) -> None:
    box = panel.select("conv1").group.rows["frozen"].field.control
    assert isinstance(box, QCheckBox)
    panel.form.ensureWidgetVisible(box)
    panel.qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert panel.learning("conv1").frozen
    assert str(panel.document.undo_label) == "Freeze conv1"
    panel.qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not panel.document.project.learning
    panel.document.undo()
    assert box.isChecked()
    panel.document.undo()
    assert not box.isChecked()
    assert panel.document.undo_label is None


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_any_initialisation_can_be_chosen_and_only_some_have_a_value(panel: Panel, name: str) -> None:
    group = panel.select("fc1").group
    box = group.rows["initialisation"].field.control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())
    assert panel.learning("fc1").initialisation == name
    assert group.rows["value"].isVisible() is (name in ("normal", "uniform", "constant"))


def test_the_value_is_typed(panel: Panel) -> None:
    group = panel.select("fc1").group
    box = group.rows["initialisation"].field.control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("constant"))
    box.activated.emit(box.currentIndex())
    line = group.rows["value"].field.control
    assert isinstance(line, QLineEdit)
    line.selectAll()
    panel.qtbot.keyClicks(line, "-0.5")
    panel.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert panel.learning("fc1") == Learning(initialisation="constant", value=-0.5)


def test_a_layer_that_has_weights_says_that_it_keeps_them(panel: Panel) -> None:
    form = panel.select("fc1")
    panel.document.take_weights(Weights(5, Frozen({"fc1": {}})))
    assert form.remark.isHidden()
    box = form.group.rows["initialisation"].field.control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("zeros"))
    box.activated.emit(box.currentIndex())
    assert not form.remark.isHidden()


def test_several_layers_are_frozen_and_thawed_in_one_step(panel: Panel) -> None:
    panel.selection.set(["conv1", "relu1", "conv2"])

    def press(text: str) -> None:
        page = panel.form.widget()
        assert isinstance(page, SeveralPage)
        button = next(button for button in page.findChildren(QPushButton) if button.text() == text)
        assert button.isEnabled()
        panel.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    press("Freeze")
    assert set(panel.document.project.learning) == {"conv1", "conv2"}
    assert str(panel.document.undo_label) == "Freeze 2 layers"
    page = panel.form.widget()
    assert isinstance(page, SeveralPage)
    assert page.counts.text() == "2 have weights, 2 are frozen."
    press("Unfreeze")
    assert not panel.document.project.learning
    panel.document.undo()
    panel.document.undo()
    assert panel.document.undo_label is None


def test_the_start_of_several_layers_is_set_in_one_step(panel: Panel) -> None:
    panel.document.edit(
        message("One"), lambda project: changes.set_learning(project, "conv1", initialisation="normal", value=0.5)
    )
    before = panel.document.project
    panel.selection.set(["conv1", "relu1", "conv2"])
    page = panel.form.widget()
    assert isinstance(page, SeveralPage)
    box, line = (page.group.rows[name].field.control for name in ("initialisation", "value"))
    assert isinstance(box, QComboBox)
    assert isinstance(line, QLineEdit)
    assert (box.currentIndex(), box.placeholderText(), line.isVisible()) == (-1, "different", False)
    box.setCurrentIndex(box.findData("constant"))
    box.activated.emit(box.currentIndex())
    assert [panel.learning(uid).initialisation for uid in ("conv1", "conv2")] == ["constant"] * 2
    assert str(panel.document.undo_label) == "Change Initialisation of 2 layers"
    assert (line.isVisible(), line.text(), line.placeholderText()) == (True, "", "different")
    line.setFocus()
    panel.qtbot.keyClicks(line, "0.25")
    assert panel.form.widget() is page, "the field that is typed in stays"
    panel.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert [panel.learning(uid).value for uid in ("conv1", "conv2")] == [0.25] * 2
    panel.document.undo()
    panel.document.undo()
    assert panel.document.project == before


def test_one_layer_with_weights_among_several_is_spoken_of_as_one(panel: Panel) -> None:
    panel.selection.set(["relu1", "conv1"])
    page = panel.form.widget()
    assert isinstance(page, SeveralPage)
    assert page.counts.text() == "One has weights and is not frozen."
    page.freeze.click()
    assert page.counts.text() == "One has weights and is frozen."
    box = page.group.rows["initialisation"].field.control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("zeros"))
    box.activated.emit(box.currentIndex())
    assert str(panel.document.undo_label) == "Change Initialisation of conv1"
    panel.selection.set(["conv1", "conv2"])
    page = panel.form.widget()
    assert isinstance(page, SeveralPage)
    assert page.counts.text() == "2 have weights, one is frozen."


def test_a_value_that_cannot_be_leaves_different_ones_as_they_were(panel: Panel) -> None:
    def differing(project: Project) -> Project:
        first = changes.set_learning(project, "conv1", initialisation="normal", value=0.5)
        return changes.set_learning(first, "conv2", initialisation="normal", value=0.25)

    panel.document.edit(message("Both"), differing)
    before = panel.document.project
    panel.selection.set(["conv1", "conv2"])
    page = panel.form.widget()
    assert isinstance(page, SeveralPage)
    row = page.group.rows["value"]
    line = row.field.control
    line.setFocus()
    panel.qtbot.keyClicks(line, "5000")
    panel.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "1000" in row.error
    assert panel.document.project == before
    assert str(panel.document.undo_label) == "Both"


def test_a_layer_that_the_run_in_hand_treats_otherwise_says_so(panel: Panel) -> None:
    learning = panel.select("conv1")
    panel.form.show_run(panel.document.project)
    assert not learning.of_run.isVisible()
    panel.document.edit(message("Freeze"), lambda project: changes.set_learning(project, "conv1", frozen=True))
    assert learning.of_run.isVisible()
    assert "still trains it" in learning.of_run.text()
    assert not panel.select("conv2").of_run.isVisible()
    learning = panel.select("conv1")
    assert learning.of_run.isVisible()
    panel.form.show_run(None)
    assert not learning.of_run.isVisible()
    panel.form.show_run(panel.document.project)
    panel.document.undo()
    assert "keeps it frozen" in learning.of_run.text()
