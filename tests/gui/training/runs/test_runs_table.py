"""Recorded runs in the table, with the engine's own records."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from small_runs import driven

from cnnlab.core.numerals import NOTHING
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import End
from cnnlab.core.runs.summary import Figures, RunState, RunSummary
from cnnlab.engine.data.datasets import Dataset
from cnnlab.engine.runs import folder, table
from cnnlab.engine.training.run import Run
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.runs.run_following import RunFollowing, RunSoFar
from cnnlab.gui.training.runs.run_library import RunLibrary
from cnnlab.gui.training.runs.runs_model import RunsModel
from cnnlab.gui.training.runs.runs_table import RunsTable

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]
Summaries = Callable[[int], list[RunSummary]]
Load = Callable[[Project], Dataset]
CHECK = Qt.ItemDataRole.CheckStateRole


class Desk:
    """A controller with its library, its table and what reads records."""

    def __init__(self, qtbot: QtBot, controller: TrainingController) -> None:
        self.qtbot = qtbot
        self.controller = controller
        self.library = RunLibrary(controller)
        self.library.start()
        self.following = RunFollowing()
        self.widget = RunsTable(controller, self.library, self.following)
        qtbot.addWidget(self.widget)
        self.widget.resize(900, 260)
        self.widget.show()

    @property
    def model(self) -> RunsModel:
        return self.widget.model

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def train(self, batches: int = 2) -> str:
        """Train some batches and stop; the run's id."""
        for _ in range(batches):
            self.controller.one_batch()
        self.until(lambda: self.controller.state is TrainingState.PAUSED)
        with self.qtbot.waitSignal(self.controller.ended, timeout=20_000):
            self.controller.stop()
        run = self.controller.run_id
        self.until(lambda: any(each.id == run and each.state is RunState.STOPPED for each in self.library.runs))
        return run

    def texts(self, row: int) -> list[str]:
        return [str(self.model.index(row, column).data()) for column in range(self.model.columnCount())]

    def choose(self, row: int) -> None:
        self.widget.table.selectRow(row)

    def close(self) -> None:
        self.library.close()
        self.following.close()


@pytest.fixture
def desk(qtbot: QtBot, make: Make, small_project: SmallProject) -> Iterator[Desk]:
    made = Desk(qtbot, make(small_project(epochs=50, threads=1)))
    yield made
    made.close()


def record(project: Project, load: Load, root: Path, batches: int, until_end: bool = True) -> Path:
    """Train some batches without a window; the run's folder."""
    run = driven(Run(project, load(project), threads=(1,)), root)
    event = next(run)
    while event.step < batches:
        event = next(run)
    if until_end:
        run.close()
    return root / event.run


def test_an_empty_table_says_what_to_do_and_a_run_appears_in_it(desk: Desk) -> None:
    desk.until(lambda: desk.library.is_read)
    assert "Press Train" in desk.widget.hint.text()
    run = desk.train(3)
    assert desk.library.runs[0].id == run
    assert desk.texts(0)[1] == "stopped"
    assert "of unsaved projects" in desk.widget.count.full
    assert (folder.root(None) / run).is_dir()


def test_the_name_of_the_own_run_is_not_cut_though_it_is_bold(
    desk: Desk, tiny: Load, small_project: SmallProject
) -> None:
    record(small_project(epochs=50, threads=1), tiny, folder.root(None), 2)
    desk.until(lambda: desk.library.is_read)
    desk.library.refresh()
    desk.until(lambda: len(desk.library.runs) == 1)
    table = desk.widget.table
    before = table.columnWidth(0)
    desk.train(3)
    assert table.columnWidth(0) >= table.sizeHintForColumn(0) > before


def test_runs_from_before_the_first_save_move_beside_the_file(desk: Desk, tmp_path: Path) -> None:
    earlier, mine = folder.root(None) / "someone-elses", desk.train()
    earlier.mkdir()
    document = desk.controller.document
    path = tmp_path / "mine.cnnlab"
    document.saved(document.project, path, None)
    desk.until(lambda: [run.id for run in desk.library.runs] == [mine])
    assert folder.root(path) == tmp_path / "mine.runs"
    assert (tmp_path / "mine.runs" / mine / "run.json").is_file()
    assert not (folder.root(None) / mine).exists()
    assert earlier.is_dir(), "what another project trained stays"
    assert "of unsaved projects" not in desk.widget.count.full


@pytest.mark.parametrize("state", [TrainingState.PREPARING, TrainingState.PAUSED])
def test_a_run_in_hand_at_the_first_save_moves_when_it_has_ended(
    state: TrainingState, desk: Desk, tmp_path: Path
) -> None:
    desk.controller.one_batch()
    desk.until(lambda: desk.controller.state is state)
    document = desk.controller.document
    document.saved(document.project, tmp_path / "mine.cnnlab", None)
    desk.until(lambda: desk.controller.state is TrainingState.PAUSED)
    run = desk.controller.run_id
    assert (folder.root(None) / run).is_dir()
    with desk.qtbot.waitSignal(desk.controller.ended, timeout=20_000) as blocker:
        desk.controller.stop()
    assert blocker.args[0].end is End.STOPPED
    desk.until(lambda: (tmp_path / "mine.runs" / run / "last.safetensors").is_file())
    desk.until(lambda: [each.id for each in desk.library.runs] == [run])


def test_a_tick_reads_the_curves_of_a_run(desk: Desk, tiny: Load, small_project: SmallProject) -> None:
    other = record(small_project(threads=1), tiny, folder.root(None), 5)
    own = desk.train()
    desk.until(lambda: desk.model.rowCount() == 2)
    row, own_row = desk.model.row_of(other.name), desk.model.row_of(own)
    index = desk.model.index(row, 0)
    assert desk.model.index(own_row, 0).data(CHECK) == Qt.CheckState.Checked, "it is drawn anyway"
    assert index.data(CHECK) == Qt.CheckState.Unchecked
    desk.choose(row)
    QTest.keyClick(desk.widget.table, Qt.Key.Key_Space)
    desk.until(lambda: other in desk.following.overlays)
    assert index.data(CHECK) == Qt.CheckState.Checked
    assert desk.widget.colours == {other: 0}
    steps = desk.following.overlays[other].curves.lines["loss"].raw[0]
    assert steps[::2].tolist() == [1, 2, 3, 4, 5]
    QTest.keyClick(desk.widget.table, Qt.Key.Key_Space)
    assert desk.following.overlays == {}


def test_a_run_of_another_process_is_followed_as_it_goes_on(
    desk: Desk, tiny: Load, small_project: SmallProject, tmp_path: Path
) -> None:
    project = small_project(epochs=2, threads=1)
    run = driven(Run(project, tiny(project), threads=(1,)), tmp_path)
    event = next(run)
    place = tmp_path / event.run
    told: list[RunSoFar | None] = []
    desk.following.followed.connect(told.append)
    desk.following.follow(place)
    deque(run, maxlen=0)
    desk.until(lambda: told and told[-1] is not None and told[-1].ended is not None)
    last = told[-1]
    assert last is not None
    assert last.summary.state is RunState.COMPLETED
    assert last.progress.steps == 16
    assert last.progress.share == 1.0
    assert last.epoch is not None
    assert last.curves.lines["loss"].validation[0][::2].tolist() == [8, 16]
    desk.following.follow(None)
    assert told[-1] is None


def test_what_can_be_done_with_a_run_depends_on_its_state(desk: Desk) -> None:
    desk.train()
    actions = desk.widget.actions_of_run
    desk.choose(0)
    assert {name for name, action in actions.items() if action.isEnabled()} == {"open", "resume", "folder", "delete"}
    wanted: list[RunSummary] = []
    desk.widget.open_wanted.connect(wanted.append)
    desk.widget.resume_wanted.connect(wanted.append)
    desk.widget.table.setFocus()
    QTest.keyClick(desk.widget.table, Qt.Key.Key_Return)
    QTest.keyClick(desk.widget.table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert wanted == list(desk.library.runs) * 2
    desk.controller.one_batch()
    desk.until(lambda: desk.controller.state is TrainingState.PAUSED and desk.model.run_at(0).state is RunState.PAUSED)
    desk.choose(desk.model.row_of(desk.controller.run_id))
    assert not actions["delete"].isEnabled(), "the run in hand is never thrown away"
    assert not actions["resume"].isEnabled()


def test_a_run_is_thrown_away_only_after_a_question(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    thrown: list[Path] = []

    def to_trash(place: Path) -> bool:
        thrown.append(place)
        os.rename(place, place.parent.parent / "trash")
        return True

    monkeypatch.setattr("cnnlab.gui.training.runs.run_deletion._to_trash", to_trash)
    run = desk.train()
    desk.choose(0)
    desk.widget.actions_of_run["delete"].trigger()
    answer(desk, "Cancel")
    assert thrown == []
    desk.widget.actions_of_run["delete"].trigger()
    answer(desk, "Move to trash")
    desk.until(lambda: desk.model.rowCount() == 0)
    assert [place.name for place in thrown] == [run]


def test_several_runs_are_thrown_away_after_one_question_but_for_the_one_in_hand(
    desk: Desk, tiny: Load, small_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (record(small_project(threads=1), tiny, folder.root(None), 2).name for _ in range(2))
    monkeypatch.setattr("cnnlab.gui.training.runs.run_deletion._to_trash", lambda place: place.name == second)
    desk.controller.one_batch()
    desk.until(lambda: desk.controller.state is TrainingState.PAUSED and desk.model.rowCount() == 3)
    desk.until(lambda: desk.model.run_at(desk.model.row_of(desk.controller.run_id)).state is RunState.PAUSED)
    desk.widget.table.selectAll()
    actions = desk.widget.actions_of_run
    assert {name for name, action in actions.items() if action.isEnabled()} == {"delete"}
    assert actions["delete"].text() == "Delete 2 runs…"
    actions["delete"].trigger()
    answer(desk, "Move to trash")
    answer(desk, "Delete permanently")
    desk.until(lambda: desk.model.row_of(first) is None)
    assert desk.model.row_of(second) is not None, "only what the trash did not take is deleted"
    assert desk.model.row_of(desk.controller.run_id) is not None


def test_what_the_trash_does_not_take_is_deleted_only_after_another_question(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnlab.gui.training.runs.run_deletion._to_trash", lambda place: False)
    run = desk.train()
    desk.choose(0)
    desk.widget.actions_of_run["delete"].trigger()
    answer(desk, "Move to trash")
    answer(desk, "Delete permanently")
    desk.until(lambda: desk.model.rowCount() == 0)
    assert not (folder.root(None) / run).exists()
    assert table.runs(folder.root(None)) == ()


def answer(desk: Desk, text: str) -> None:
    desk.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    button = next(button for button in box.buttons() if button.text().replace("&", "") == text)
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_first_click_on_a_header_shows_the_best_run_first_and_a_second_the_worst(
    desk: Desk, summaries: Summaries
) -> None:
    desk.until(lambda: desk.library.is_read)
    desk.library.runs = tuple(summaries(30))
    desk.library.changed.emit()
    header = desk.widget.table.horizontalHeader()

    def click(column: int) -> list[str]:
        at = QPoint(header.sectionViewportPosition(column) + 8, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
        return [text for row in range(30) if (text := desk.texts(row)[column]) != NOTHING]

    loss, accuracy = 3, 4
    for _again in range(2):
        best_first = [float(text.split()[0]) for text in click(accuracy)]
        assert best_first == sorted(best_first, reverse=True)
        assert best_first[0] > best_first[-1]
        worst_first = [float(text.split()[0]) for text in click(accuracy)]
        assert worst_first == best_first[::-1]
        losses = [float(text) for text in click(loss)]
        assert losses == sorted(losses)


def test_a_column_grows_with_what_comes_unless_a_person_has_set_its_width(desk: Desk) -> None:
    desk.train()
    (run,) = desk.library.runs
    table_, test = desk.widget.table, 5
    assert desk.model.headerData(test, Qt.Orientation.Horizontal) == "Test"
    before = table_.columnWidth(test)
    table_.setColumnWidth(6, 150)
    desk.library.runs = (replace(run, test=Figures(accuracy=1.0), seconds=40_000.0),)
    desk.library.changed.emit()
    assert table_.columnWidth(test) >= table_.sizeHintForColumn(test) > 0
    assert table_.columnWidth(test) > before
    assert table_.columnWidth(6) == 150
