"""The form of the training settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.training.losses import FITTING, LOSSES
from cnnlab.core.training.schedules import SCHEDULES
from cnnlab.core.training.settings import TRAINING_PARAMS
from cnnlab.engine.training import devices, precision
from cnnlab.gui.document import Document
from cnnlab.gui.panels.param_form import ParamForm
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.settings.settings_form import SettingsForm


@dataclass
class Panel:
    document: Document
    form: SettingsForm

    def control(self, name: str) -> Any:
        return self.form.rows[name].field.control

    def group(self, title: str) -> ParamForm:
        return next(group for group in self.form.groups if group.title == title)

    @property
    def shown(self) -> set[str]:
        return {name for name, row in self.form.rows.items() if row.isVisible()}

    def choose(self, name: str, value: str) -> None:
        box = self.control(name)
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[Panel]:
    document = Document(templates.BY_KEY["mnist"].build())
    controller = TrainingController(document)
    form = SettingsForm(controller)
    qtbot.addWidget(form)
    form.show()
    yield Panel(document, form)
    form.end()
    document.close()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("learning_rate", "1e-4", 1e-4), ("batch_size", "128", 128), ("epochs", "7", 7), ("seed", "3", 3),
     ("weight_decay", "0.01", 0.01)],
)  # fmt: skip
def test_what_is_typed_is_one_step_to_undo(qtbot: QtBot, panel: Panel, name: str, typed: str, value: float) -> None:
    before = getattr(panel.document.project.training, name)
    control = panel.control(name)
    control.setFocus()
    control.selectAll()
    qtbot.keyClicks(control, typed)
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert getattr(panel.document.project.training, name) == value
    panel.document.undo()
    assert getattr(panel.document.project.training, name) == before
    assert panel.document.undo_label is None


def test_a_zero_that_is_no_number_says_what_it_means(qtbot: QtBot, panel: Panel) -> None:
    control = panel.control("early_stopping")
    assert control.text().split() == ["0", "never"]
    control.setFocus()
    control.selectAll()
    qtbot.keyClicks(control, "12")
    assert (control.text(), panel.document.project.training.early_stopping) == ("12", 12)
    qtbot.keyClick(control, Qt.Key.Key_Backspace)
    qtbot.keyClick(control, Qt.Key.Key_Backspace)
    qtbot.keyClicks(control, "0")
    assert control.text().split() == ["0", "never"]
    qtbot.keyClicks(control, "5")
    assert panel.document.project.training.early_stopping == 5, "typed on between the number and the word"
    panel.document.undo()
    assert control.text().split() == ["0", "never"]


def test_gradients_that_are_not_clipped_are_said_to_be_off(qtbot: QtBot, panel: Panel) -> None:
    panel.group("Optimiser").set_open(True)
    control = panel.control("clip_norm")
    assert control.text() == "off"
    for typed, value, shown in (("5", 5.0, "5"), ("Off", 0.0, "off"), ("0.5", 0.5, "0.5"), ("0", 0.0, "off")):
        control.setFocus()
        control.selectAll()
        qtbot.keyClicks(control, typed)
        qtbot.keyClick(control, Qt.Key.Key_Return)
        assert panel.document.project.training.clip_norm == value
        assert control.text().casefold() in (shown, typed.casefold())


def test_only_settings_with_an_effect_are_there(panel: Panel) -> None:
    assert "momentum" not in panel.shown
    panel.choose("optimiser", "sgd")
    assert panel.document.project.training.optimiser == "sgd"
    assert "momentum" in panel.shown
    panel.document.undo()
    assert "momentum" not in panel.shown
    assert panel.control("optimiser").currentText() == "Adam"
    panel.choose("schedule", "step")
    assert {"step_every", "step_factor"} <= panel.shown
    panel.choose("schedule", "one_cycle")
    assert panel.shown >= {"one_cycle_up"}
    assert not panel.shown & {"step_every", "step_factor", "plateau_patience"}


def test_advanced_settings_show_when_more_is_pressed(qtbot: QtBot, panel: Panel) -> None:
    group = panel.group("Optimiser")
    assert "beta1" not in panel.shown
    assert group.more.text() == "More"
    qtbot.mouseClick(group.more, Qt.MouseButton.LeftButton)
    assert {"beta1", "beta2", "clip_norm"} <= panel.shown
    assert "nesterov" not in panel.shown
    assert group.more.text() == "Less"
    group.more.setFocus()
    qtbot.keyClick(group.more, Qt.Key.Key_Space)
    assert "beta1" not in panel.shown


def test_a_folded_group_counts_what_is_not_as_usual(panel: Panel) -> None:
    group = panel.group("Optimiser")
    panel.document.edit(message("Clip"), lambda project: changes.set_training(project, clip_norm=1.0, l1=0.1))
    assert group.more.text() == "More (2 set)"
    panel.document.edit(message("SGD"), lambda project: changes.set_training(project, optimiser="sgd", nesterov=True))
    assert group.more.text() == "More (3 set)"
    panel.document.edit(message("Adam"), lambda project: changes.set_training(project, optimiser="adam"))
    assert group.more.text() == "More (2 set)"  # Nesterov has no effect then


@pytest.mark.parametrize("source", list(SOURCES))
def test_only_losses_for_the_task_are_offered_and_each_says_what_it_expects(panel: Panel, source: str) -> None:
    target = SOURCES[source].target
    panel.document.edit(message("Data"), lambda project: changes.set_data(project, source=source))
    for loss in FITTING[target]:
        panel.choose("loss", loss)
        assert str(LOSSES[loss].expects) in panel.form.head.text()
    box = panel.control("loss")
    offered = {box.itemData(index) for index in range(box.count())}
    assert offered == set(FITTING[target])


def test_a_loss_for_another_task_stays_shown_until_another_is_chosen(panel: Panel) -> None:
    panel.document.edit(message("Data"), lambda project: changes.set_data(project, source="mnist_angle"))
    assert panel.control("loss").currentText() == "Cross-entropy"
    panel.choose("loss", "mae")
    assert panel.document.project.training.loss == "mae"


def test_the_tooltip_of_a_choice_explains_what_is_chosen(panel: Panel) -> None:
    panel.choose("schedule", "one_cycle")
    text = str(SCHEDULES["one_cycle"].description)
    assert panel.control("schedule").toolTip().endswith(text)
    box = panel.control("schedule")
    assert box.itemData(box.currentIndex(), Qt.ItemDataRole.ToolTipRole) == text


def test_only_the_devices_of_this_machine_are_offered(qtbot: QtBot, panel: Panel) -> None:
    box = panel.control("device")

    def offered() -> list[str]:
        return [box.itemData(index) for index in range(box.count())]

    assert offered() == ["auto", "cpu"]
    panel.document.ask_shapes()
    expected = ["auto", *(device.key for device in devices.available())]
    name = str(devices.available()[-1].name)
    qtbot.waitUntil(lambda: offered() == expected and box.itemText(box.count() - 1) == name, timeout=20_000)


def test_a_device_from_elsewhere_stays_chosen_and_shown(panel: Panel) -> None:
    panel.form.rows["device"].show_value("cuda")
    assert panel.control("device").currentData() == "cuda"


def test_a_precision_that_the_device_cannot_do_is_barred_with_the_reason(qtbot: QtBot, panel: Panel) -> None:
    box = panel.control("precision")

    precisions = {box.itemData(index) for index in range(box.count())}

    def barred() -> set[str]:
        return {box.itemData(index) for index in range(box.count()) if not box.model().item(index).isEnabled()}

    panel.document.edit(message("CPU"), lambda project: changes.set_training(project, device="cpu", precision="tf32"))
    assert barred() == set(), "nothing is known of the devices yet"
    panel.document.ask_shapes()
    qtbot.waitUntil(lambda: barred() == precisions - {"auto", *precision.available("cpu")}, timeout=20_000)
    assert panel.document.project.training.precision == "tf32", "what a file carries stays"
    assert panel.form.impossible.isVisible()
    assert panel.form.impossible.text() == "CPU cannot train in TF32. Choose another precision."
    assert box.itemData(box.currentIndex(), Qt.ItemDataRole.ToolTipRole) == "CPU cannot train in TF32."
    panel.choose("precision", "float32")
    assert not panel.form.impossible.isVisible()


def test_every_setting_has_a_row_with_words(panel: Panel) -> None:
    assert sorted(panel.form.rows) == sorted(param.name for param in TRAINING_PARAMS)
    for param in TRAINING_PARAMS:
        assert panel.control(param.name).accessibleName() == str(param.label)
        assert panel.control(param.name).toolTip().startswith(str(param.description))


def test_settings_below_those_of_the_run_are_said_to_be_for_the_next_one(qtbot: QtBot) -> None:
    class Run(TrainingController):
        state = TrainingState.IDLE

    document = Document(templates.BY_KEY["mnist"].build())
    controller = Run(document)
    form = SettingsForm(controller)
    qtbot.addWidget(form)
    form.show()
    for state in (TrainingState.IDLE, TrainingState.RUNNING, TrainingState.PAUSED, TrainingState.IDLE):
        controller.state = state
        controller.state_changed.emit()
        assert form.next_run.isVisible() is (state is not TrainingState.IDLE)
    form.end()
    document.close()


@pytest.mark.parametrize(("epochs", "patience", "told"), [(2, 0, False), (2, 1, False), (2, 2, True), (10, 9, False)])
def test_early_stopping_that_can_never_act_is_pointed_out(panel: Panel, epochs: int, patience: int, told: bool) -> None:
    panel.document.edit(
        message("Change"), lambda project: changes.set_training(project, epochs=epochs, early_stopping=patience)
    )
    assert panel.form.never_early.isVisible() is told
