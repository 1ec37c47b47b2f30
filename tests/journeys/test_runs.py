"""Runs are kept: found again in their table, laid over each other, opened, gone on with after a crash, followed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import kept_files
import pytest
from journeys.person import Person
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive import save
from cnnlab.engine.runs import folder, follower, table
from cnnlab.gui.training.run.controller import TrainingState
from cnnlab.gui.training.runs import run_library
from cnnlab.gui.window.workspaces import Workspace

PROGRAM = """
import sys
from pathlib import Path
from cnnlab.engine.archive import open_project
from cnnlab.engine.data import datasets
from cnnlab.engine.runs import folder, recorder
from cnnlab.engine.runs.recording import Rhythm
from cnnlab.engine.training.run import Run
path = Path(sys.argv[1])
project = open_project(path).project
run = Run(project, datasets.of(project), threads=(1,))
often = Rhythm(checkpoint=0.05, flush=0.05)
with recorder.record(run, folder.root(path), project_path=path, rhythm=often) as kept:
    for event in run.events():
        if kept.take(event).step == int(sys.argv[2]):
            print(event.run, flush=True)
"""


def elsewhere(path: Path, at: int) -> tuple[subprocess.Popen[str], str]:
    """Another process that trains the project in ``path``; when it has come to step ``at``, its run's id is known."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), str(at)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def train_some(person: Person, steps: int = 5) -> str:
    """Train a few batches and stop; the run's id."""
    training = person.window.training
    person.run("Train")
    person.until(lambda: training.progress.steps >= steps)
    person.run("Stop")
    person.until(lambda: training.state is TrainingState.IDLE)
    return training.run_id


def tick(person: Person, run: str) -> None:
    """Click the box before a run."""
    view = person.window.runs.table.table
    row = person.window.runs.table.model.row_of(run)
    assert row is not None
    rect = view.visualRect(view.model().index(row, 0))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.left() + 10, rect.center().y()))


def test_two_runs_are_laid_over_each_other_and_one_is_opened_as_a_project(person: Person) -> None:
    window = person.window
    person.keys(Qt.Key.Key_2)
    first = train_some(person)
    window.document.edit(message("Seed"), lambda project: changes.set_training(project, seed=1))
    second = train_some(person)
    assert first != second
    person.keys(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    runs = window.runs
    person.until(lambda: runs.table.isVisible() and runs.table.model.rowCount() == 2)
    tick(person, first)
    person.until(lambda: len(runs.following.overlays) == 1)
    assert window.curves is not None
    person.until(lambda: len(window.curves.legend.names) == 2)
    name = window.curves.legend.names[-1]
    window.document.edit(message("Batch"), lambda project: changes.set_training(project, batch_size=32))
    train_some(person)
    person.until(lambda: window.curves.legend.names[-1] != name)
    person.until(lambda: runs.table.model.rowCount() == 3)
    row = runs.table.model.row_of(first)
    runs.table.table.selectRow(row)
    step = runs.table.model.run_at(row).step
    person.press("Open as project", runs.table)
    person.answer("Discard")
    person.until(lambda: window.document.path is None and not window.document.modified)
    person.until(lambda: window.document.project.weights.step == step)
    assert window.training.progress.steps == 0


def test_a_training_that_was_killed_is_offered_and_goes_on(person: Person, tmp_path: Path) -> None:
    window = person.window
    path = tmp_path / "killed.cnnlab"
    save(changes.set_training(templates.BY_KEY["mnist"].build(), max_steps=60, epochs=1), path)
    process, run = elsewhere(path, 20)
    person.until(lambda: table.summary(folder.root(path) / run).step >= 20)
    kill(process)
    assert table.summary(folder.root(path) / run).state is RunState.INTERRUPTED
    window.files.open(path)
    person.until(lambda: "interrupted" in window.banner.text)
    person.press("Resume", window.banner)
    person.until(lambda: window.training.state is TrainingState.RUNNING or window.training.run_id == run)
    person.until(lambda: window.training.state is TrainingState.IDLE, seconds=60)
    assert window.training.run_id == run
    assert window.document.project.weights.step == 60
    assert table.summary(folder.root(path) / run).state is RunState.COMPLETED


def test_a_run_of_another_process_is_followed(person: Person, tmp_path: Path) -> None:
    window = person.window
    path = tmp_path / "theirs.cnnlab"
    save(changes.set_training(templates.BY_KEY["mnist"].build(), epochs=50), path)
    process, run = elsewhere(path, 5)
    try:
        window.show_workspace(Workspace.TRAIN)
        window.commands["follow"].trigger()
        person.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.fileSelected.emit(str(folder.root(path) / run))
        dialog.reject()
        person.until(lambda: window.run_bar.status.full.startswith("Following "))
        assert str(process.pid) in window.run_bar.status.full
        assert window.curves is not None
        before = window.run_bar.figures["loss"].value
        person.until(lambda: window.run_bar.figures["loss"].value not in (before, "–"))
        assert not window.curves.is_empty
        window.commands["unfollow"].trigger()
        assert not window.run_bar.status.full.startswith("Following ")
        assert window.curves.is_empty
        window.runs.following.follow(tmp_path)
        person.until(lambda: "is not a complete run" in window.banner.text)
        assert not window.run_bar.status.full.startswith("Following ")
    finally:
        kill(process)


def test_a_run_that_another_process_begins_is_listed_beside_ended_ones_and_followed(
    person: Person, tmp_path: Path
) -> None:
    window = person.window
    path = tmp_path / "shared.cnnlab"
    project = changes.set_training(templates.BY_KEY["mnist"].build(), epochs=50)
    save(project, path)
    window.files.open(path)
    person.until(lambda: window.document.path == path)
    ended = train_some(person)
    window.show_runs()
    runs = window.runs
    person.until(lambda: [(run.id, run.state) for run in runs.library.runs] == [(ended, RunState.STOPPED)])
    process, run = elsewhere(path, 5)
    try:
        person.until(lambda: runs.table.model.row_of(run) is not None)
        runs.table.table.selectRow(runs.table.model.row_of(run))
        person.press("Follow", runs.table)
        person.until(lambda: window.run_bar.status.full.startswith("Following "))
        assert str(process.pid) in window.run_bar.status.full
    finally:
        kill(process)
    person.until(lambda: [run.state for run in runs.library.runs] == [RunState.INTERRUPTED, RunState.STOPPED])


def test_runs_are_looked_for_when_their_tab_comes_to_the_front(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    window = person.window
    monkeypatch.setattr(run_library, "MIN_INTERVAL", 600.0)
    monkeypatch.setattr(run_library, "MAX_INTERVAL", 600.0)
    train_some(person)
    window.show_runs()
    runs = window.runs
    person.until(lambda: runs.table.model.rowCount() == 1)
    window.docks["curves"].raise_()
    person.until(lambda: not runs.table.visibleRegion().boundingRect().intersects(runs.table.rect()))
    there = runs.library.runs[0].folder
    shutil.copytree(there, there.with_name("copied"))
    window.docks["runs"].raise_()
    person.until(lambda: runs.table.model.rowCount() == 2)


def test_a_followed_run_whose_folder_vanishes_does_not_go_without_a_word(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = person.window
    monkeypatch.setattr(follower, "PATIENCE", 0.1)
    path = tmp_path / "theirs.cnnlab"
    save(changes.set_training(templates.BY_KEY["mnist"].build(), epochs=50), path)
    process, run = elsewhere(path, 5)
    try:
        window.runs.following.follow(folder.root(path) / run)
        person.until(lambda: window.run_bar.status.full.startswith("Following "))
        folder.root(path).rename(tmp_path / "elsewhere")
        person.until(lambda: "The run that was followed is gone" in window.banner.text)
        assert run in window.banner.text
        assert not window.run_bar.status.full.startswith("Following ")
    finally:
        kill(process)


def test_the_first_save_takes_the_runs_along(person: Person, tmp_path: Path) -> None:
    window = person.window
    run = train_some(person)
    path = tmp_path / "kept.cnnlab"
    window.files._write(path, None, None)
    person.until(lambda: window.document.path == path)
    person.until(lambda: (tmp_path / "kept.runs" / run / "run.json").is_file())
    person.until(lambda: [each.folder.parent for each in window.runs.library.runs] == [folder.root(path)])


def test_each_press_of_the_key_is_one_batch_more(person: Person) -> None:
    window = person.window
    for _ in range(4):
        person.keys(Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier)
    person.until(lambda: window.training.state is TrainingState.PAUSED)
    assert window.document.project.weights.step == 4
    person.run("Stop")
    person.until(lambda: window.training.state is TrainingState.IDLE)


def test_nothing_takes_the_keyboard_from_the_window_while_it_loads(person: Person) -> None:
    assert person.window.isActiveWindow()


def test_a_project_of_an_older_version_opens_with_its_runs_and_goes_on(person: Person, tmp_path: Path) -> None:
    window = person.window
    path = kept_files.copied(tmp_path)
    window.files.open(path)
    person.until(lambda: window.document.path == path)
    person.keys(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    person.until(lambda: window.runs.table.model.rowCount() == 2)
    tick(person, "digits01")
    person.until(lambda: len(window.runs.following.overlays) == 1)
    runs = window.runs.table
    runs.table.selectRow(runs.model.row_of("digits01"))
    person.press("Resume", runs)
    person.until(lambda: window.training.state is TrainingState.IDLE and window.document.project.weights.step == 177)
    assert window.training.run_id == "digits01"
    assert table.summary(folder.root(path) / "digits01").state is RunState.COMPLETED
