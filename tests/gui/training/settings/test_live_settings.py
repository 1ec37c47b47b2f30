"""What can be changed while a run goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, Change, SettingChanged
from cnnlab.gui.document import Document
from cnnlab.gui.training.run.controller import TrainingState
from cnnlab.gui.training.settings.live_settings import LiveSettings


class Run(QObject):
    """A controller as the form sees it: states and events, and what it was told to change."""

    state_changed = Signal()
    batches_done = Signal(object)
    setting_changed = Signal(object)
    notice = Signal(str)

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.document = Document(project)
        self.state = TrainingState.IDLE
        self.changes: list[Change] = []

    def change(self, change: Change) -> None:
        self.changes.append(change)

    def go(self, state: TrainingState) -> None:
        self.state = state
        self.state_changed.emit()

    def batch(self, rate: float) -> None:
        done = BatchDone(
            run="r", step=1, graph="g", epoch=1, loss=1.0, accuracy=0.5, learning_rate=rate, images=1,
            images_per_second=1.0,
        )  # fmt: skip
        self.batches_done.emit((done,))


def with_dropout(*shares: float) -> Project:
    project = templates.BY_KEY["mnist"].build()
    for share in shares:
        project = changes.add_layer(project, "dropout", (0, 0), p=share)
    return project


@pytest.fixture
def run() -> Iterator[Run]:
    made = Run(with_dropout(0.25))
    yield made
    made.document.close()


@pytest.fixture
def live(qtbot: QtBot, run: Run) -> LiveSettings:
    made = LiveSettings(run)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    run.go(TrainingState.PREPARING)
    run.go(TrainingState.RUNNING)
    return made


def line(live: LiveSettings, name: str) -> QLineEdit:
    control = live.rows[name].field.control
    assert isinstance(control, QLineEdit)
    return control


def write(qtbot: QtBot, control: QLineEdit, text: str) -> None:
    control.setFocus()
    control.selectAll()
    qtbot.keyClicks(control, text)


def test_it_is_there_while_a_run_is(live: LiveSettings, run: Run) -> None:
    for state, there in (
        (TrainingState.RUNNING, True),
        (TrainingState.PAUSED, True),
        (TrainingState.STOPPING, False),
        (TrainingState.IDLE, False),
    ):
        run.go(state)
        assert live.isVisible() is there


def test_it_begins_with_the_settings_of_the_run(live: LiveSettings, run: Run) -> None:
    assert [line(live, name).text() for name in live.rows] == ["0.003", "0", "0.25"]


def test_the_learning_rate_moves_with_the_schedule(live: LiveSettings, run: Run) -> None:
    run.batch(0.00212345)
    assert line(live, "learning_rate").text() == "0.00212"
    assert run.changes == []


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("learning_rate", "1e-4", 1e-4), ("weight_decay", "0.01", 0.01), ("dropout", "0.5", 0.5)],
)
def test_return_sends_what_was_typed_and_nothing_before(
    qtbot: QtBot, live: LiveSettings, run: Run, name: str, typed: str, value: float
) -> None:
    control = line(live, name)
    write(qtbot, control, typed)
    assert run.changes == []
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert run.changes == [Change(**{name: value})]
    run.setting_changed.emit(SettingChanged(run="r", step=2, graph="g", name=name, before=0.0, after=value))
    assert control.text() == f"{value:.3g}"
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert len(run.changes) == 1
    assert run.document.undo_label is None


def test_the_schedule_does_not_overwrite_what_is_being_typed(qtbot: QtBot, live: LiveSettings, run: Run) -> None:
    control = line(live, "learning_rate")
    write(qtbot, control, "0.0")
    run.batch(0.001)
    assert control.text() == "0.0"
    qtbot.keyClicks(control, "5")
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert run.changes == [Change(learning_rate=0.05)]
    run.batch(0.049)
    assert control.text() == "0.049"


def test_escape_gives_up_what_was_typed(qtbot: QtBot, live: LiveSettings, run: Run) -> None:
    control = line(live, "learning_rate")
    write(qtbot, control, "7")
    qtbot.keyClick(control, Qt.Key.Key_Escape)
    assert control.text() == "0.003"
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert run.changes == []


def test_a_dropout_that_ends_all_learning_is_told(qtbot: QtBot, live: LiveSettings, run: Run) -> None:
    told: list[str] = []
    run.notice.connect(told.append)
    for typed in ("0.9", "1"):
        write(qtbot, line(live, "dropout"), typed)
        qtbot.keyClick(line(live, "dropout"), Qt.Key.Key_Return)
    assert [change.dropout for change in run.changes] == [0.9, 1.0]
    assert told == ["With a dropout of 1 nothing passes through, and nothing is learned until it is lower."]


def test_a_value_that_cannot_be_is_told_and_not_sent(qtbot: QtBot, live: LiveSettings, run: Run) -> None:
    row, control = live.rows["dropout"], line(live, "dropout")
    write(qtbot, control, "3")
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert row.error == "Dropout must be a number from 0 to 1. It is still 0.25."
    run.batch(0.001)
    assert row.error
    assert run.changes == []
    qtbot.keyClick(control, Qt.Key.Key_Escape)
    assert row.error == ""
    assert control.text() == "0.25"


def test_a_refusal_says_the_value_as_the_field_shows_it(qtbot: QtBot, live: LiveSettings, run: Run) -> None:
    row, control = live.rows["learning_rate"], line(live, "learning_rate")
    run.batch(0.0000494106)
    assert control.text() == "0.0000494"
    write(qtbot, control, "0")
    qtbot.keyClick(control, Qt.Key.Key_Return)
    assert row.error == "Learning rate must be above 0 and at most 100. It is still 0.0000494."


@pytest.mark.parametrize(("shares", "there", "text"), [((), False, ""), ((0.5,), True, "0.5"), ((0.2, 0.5), True, "")])
def test_dropout_is_there_if_the_network_has_some(
    qtbot: QtBot, shares: tuple[float, ...], there: bool, text: str
) -> None:
    run = Run(with_dropout(*shares))
    live = LiveSettings(run)  # type: ignore[arg-type]
    qtbot.addWidget(live)
    run.go(TrainingState.PREPARING)
    assert live.rows["dropout"].isVisible() is there
    assert line(live, "dropout").text() == text
    if text == "" and there:
        write(qtbot, line(live, "dropout"), "x")
        qtbot.keyClick(line(live, "dropout"), Qt.Key.Key_Return)
        assert live.rows["dropout"].error == "Dropout must be a number from 0 to 1."
    run.document.close()


def test_every_field_has_words(live: LiveSettings) -> None:
    for row in live.rows.values():
        assert row.field.control.accessibleName()
        assert row.field.control.toolTip()
