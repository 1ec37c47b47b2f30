"""The form of the training settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.training_settings import TRAINING_PARAMS
from cnnlab.engine.training import devices
from cnnlab.gui.document import Document
from cnnlab.gui.training.controller import TrainingController
from cnnlab.gui.training.settings_form import SettingsForm


@dataclass
class Panel:
    document: Document
    form: SettingsForm

    def control(self, name: str) -> QComboBox:
        return self.form.form.rows[name].field.control

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
    panel.form.form.more.set_open(True)
    control = panel.control(name)
    control.setFocus()
    control.selectAll()
    qtbot.keyClicks(control, typed)
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert getattr(panel.document.project.training, name) == value
    panel.document.undo()
    assert getattr(panel.document.project.training, name) == before
    assert panel.document.undo_label is None


def test_momentum_is_there_for_sgd_only(panel: Panel) -> None:
    assert not panel.form.form.rows["momentum"].isVisible()
    panel.choose("optimiser", "sgd")
    assert panel.document.project.training.optimiser == "sgd"
    assert panel.form.form.rows["momentum"].isVisible()
    panel.document.undo()
    assert not panel.form.form.rows["momentum"].isVisible()
    assert panel.control("optimiser").currentText() == "Adam"


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
    panel.form.form.rows["device"].show_value("cuda")
    assert panel.control("device").currentData() == "cuda"


def test_every_setting_has_a_row_with_words(panel: Panel) -> None:
    assert list(panel.form.form.rows) == [param.name for param in TRAINING_PARAMS]
    for param in TRAINING_PARAMS:
        assert panel.control(param.name).accessibleName() == str(param.label)
        assert panel.control(param.name).toolTip() == str(param.words)
