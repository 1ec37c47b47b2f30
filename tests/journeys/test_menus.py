"""The menu bar says what can be done now, and what is chosen."""

from __future__ import annotations

from journeys.person import Person
from PySide6.QtGui import QAction, QColor, QKeySequence, QPalette
from PySide6.QtWidgets import QToolButton

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.theme import theme

OF_LAYERS = ("cut", "copy", "duplicate", "delete", "delete-join", "reset-layer")


def enabled(person: Person) -> list[str]:
    return [name for name in OF_LAYERS if person.window.commands[name].isEnabled()]


def test_what_is_done_to_layers_needs_some_that_are_selected(person: Person) -> None:
    assert enabled(person) == []
    person.click(person.viewport, person.card("conv1"))
    assert enabled(person) == list(OF_LAYERS)
    scene = person.window.canvas.scene
    scene.clear_selection()
    assert enabled(person) == []
    scene.select_wires(person.window.document.project.graph.wires[:1])
    assert enabled(person) == ["delete"]
    person.window.commands["delete"].trigger()
    assert enabled(person) == []


def test_delete_shows_its_key(person: Person) -> None:
    assert person.window.commands["delete"].text().endswith("\tDel")


def test_the_appearance_in_force_is_marked(person: Person) -> None:
    def marked() -> list[str]:
        choices = [
            action for action in person.window.findChildren(QAction) if action.objectName().startswith("appearance-")
        ]
        return [action.objectName() for action in choices if action.isChecked()]

    assert marked() == ["appearance-system"]
    dark = person.window.findChild(QAction, "appearance-dark")
    assert isinstance(dark, QAction)
    dark.trigger()
    assert marked() == ["appearance-dark"]
    assert Preferences().appearance == "dark"
    light = person.window.findChild(QAction, "appearance-light")
    assert isinstance(light, QAction)
    light.trigger()
    assert marked() == ["appearance-light"]


def test_each_appearance_has_a_letter_of_its_own(person: Person) -> None:
    choices = [
        action for action in person.window.findChildren(QAction) if action.objectName().startswith("appearance-")
    ]
    letters = {QKeySequence.mnemonic(action.text()).toString() for action in choices}
    assert "" not in letters
    assert len(letters) == len(choices) == 3


def test_what_is_not_finished_yet_is_no_alarm(person: Person) -> None:
    window = person.window

    def shown_in(colour: str) -> bool:
        button = next(each for each in window.tool_bar.findChildren(QToolButton) if "problem" in each.text())
        return button.palette().color(QPalette.ColorRole.ButtonText) == QColor(getattr(theme.theme(), colour))

    window.document.open(templates.BY_KEY["empty"].build(), None)
    person.until(lambda: window.document.facts.problems)
    assert shown_in("muted")
    window.document.open(templates.BY_KEY["mnist"].build(), None)
    window.document.edit(
        message("Kernel"),
        lambda project: changes.set_params(project, project.graph.by_path["conv3"].uid, kernel_size=99),
    )
    person.until(lambda: window.document.facts.problems)
    assert shown_in("problem")
