"""The settings in the real window: where they are, and that a run can be changed while it goes on."""

from __future__ import annotations

import pytest
from journeys.person import Person
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnlab.core.runs.events import SettingChanged
from cnnlab.gui.training.run.controller import TrainingState
from cnnlab.gui.window.workspaces import Workspace


@pytest.mark.parametrize(("height", "shared"), [(768, True), (1200, False)])
def test_settings_and_input_share_a_place_where_the_window_is_low(person: Person, height: int, shared: bool) -> None:
    window = person.window
    window.resize(1366, height)
    settings, input_ = window.docks["settings"], window.docks["input"]
    for _round in range(2):
        window.show_workspace(Workspace.TRAIN)
        assert (input_ in window.tabifiedDockWidgets(settings)) is shared
        person.until(settings.isVisible)
        person.until(lambda: settings.geometry().height() >= (400 if shared else 200))
        window.show_workspace(Workspace.BUILD)
        assert not window.tabifiedDockWidgets(input_)
        person.until(lambda: 0 < window.docks["palette"].geometry().bottom() < input_.geometry().top())
    assert window.height() == height, "no arrangement needs a higher window"


def test_the_learning_rate_of_a_run_can_be_changed(person: Person) -> None:
    window = person.window
    window.show_workspace(Workspace.TRAIN)
    person.run("Train")
    person.until(lambda: window.training.progress.steps >= 5)
    told: list[SettingChanged] = []
    window.training.setting_changed.connect(told.append)
    live = window.settings_panel.training.live
    line = live.rows["learning_rate"].field.control
    assert line.isVisible()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(line, "0.0005")
    QTest.keyClick(line, Qt.Key.Key_Return)
    person.until(lambda: told)
    assert (told[0].name, told[0].after) == ("learning_rate", 0.0005)
    assert window.document.project.training.learning_rate == 0.003, "the settings of the next run are the project's"
    person.run("Stop")
    person.until(lambda: window.training.state is TrainingState.IDLE)
    window.training.setting_changed.disconnect(told.append)
    assert not live.isVisible()
