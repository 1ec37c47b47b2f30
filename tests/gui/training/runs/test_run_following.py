"""Reading records further and further, and moving or deleting them, where disks are slow or refuse."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from small_runs import driven

from cnnlab.core.messages import Refusal
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import RunStarted
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.data.datasets import Dataset
from cnnlab.engine.runs import folder, follower, table
from cnnlab.engine.training.run import Run
from cnnlab.gui.training.run.controller import TrainingController
from cnnlab.gui.training.runs import run_deletion, run_following
from cnnlab.gui.training.runs.run_following import RecordReader, RunFollowing, RunSoFar
from cnnlab.gui.training.runs.run_library import RunLibrary

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]
Load = Callable[[Project], Dataset]


@pytest.fixture
def run(small_project: SmallProject, tiny: Load) -> Path:
    """The folder of a completed run of an epoch."""
    project = small_project(epochs=1, threads=1)
    *_events, last = driven(Run(project, tiny(project), threads=(1,)), folder.root(None))
    return folder.root(None) / last.run


def test_a_long_record_is_read_in_turns_and_to_its_end(
    qtbot: QtBot, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = RecordReader(run).read()
    assert not whole.has_more
    monkeypatch.setattr(run_following, "TURN", -1.0)
    monkeypatch.setattr(follower, "CHUNK", 400)
    first = RecordReader(run).read()
    assert first.has_more
    following = RunFollowing()
    told: list[RunSoFar | None] = []
    following.followed.connect(told.append)
    following.follow(run)
    qtbot.waitUntil(lambda: bool(told and told[-1] and not told[-1].has_more), timeout=10_000)
    following.close()
    assert len(told) > 2
    last = told[-1]
    assert last is not None
    assert last.ended == whole.ended
    assert len(last.curves.lines["loss"].raw[0]) == len(whole.curves.lines["loss"].raw[0]) > 0


def test_the_time_left_of_a_run_goes_by_all_batches_of_a_step(small_project: SmallProject, tiny: Load) -> None:
    project = small_project(epochs=1, threads=1, batch_size=8, accumulate=3)
    *_events, last = driven(Run(project, tiny(project), threads=(1,)), folder.root(None))
    assert RecordReader(folder.root(None) / last.run).read().progress.step_size == 24


def test_a_run_that_goes_on_is_damaged_only_when_it_stays_so(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running, damaged = table.summary(run), table.summary(run / "nothing")
    shown = [replace(running, state=RunState.RUNNING)]
    monkeypatch.setattr(table, "summary", lambda _folder: shown[0])
    reader = RecordReader(run)
    assert reader.read().summary.state is RunState.RUNNING
    shown[0] = damaged
    assert reader.read().summary.state is RunState.RUNNING
    monkeypatch.setattr(follower, "PATIENCE", 0.0)
    assert reader.read().summary.state is RunState.DAMAGED
    shown[0] = running
    assert reader.read().summary.state is RunState.COMPLETED


def test_a_run_whose_folder_vanishes_is_told_from_one_that_never_was(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "PATIENCE", 0.0)
    reader = RecordReader(run)
    assert not reader.read().is_gone
    shutil.rmtree(run)
    told = reader.read()
    assert told.summary.state is RunState.DAMAGED
    assert told.is_gone
    assert not RecordReader(run).read().is_gone


def test_runs_move_beside_the_file_even_if_the_window_closes_at_once(
    qtbot: QtBot, make: Make, run: Path, tmp_path: Path
) -> None:
    controller = make()
    library = RunLibrary(controller)
    head: dict[str, Any] = {"run": run.name, "step": 0, "graph": ""}
    controller.started.emit(
        RunStarted(**head, device="cpu", threads=1, epochs=1, batches=1, steps=1, kept=(), restarted=())
    )
    library.start()  # which keeps its thread busy, so that the move has to wait
    path = tmp_path / "net.cnnlab"
    controller.document.saved(controller.document.project, path, None)
    library.close()
    assert (folder.root(path) / run.name / folder.RUN).is_file()
    assert not run.exists()
    tried_again: list[bool] = []
    QTimer.singleShot(60, lambda: tried_again.append(True))  # after the last of the library's own
    qtbot.waitUntil(lambda: bool(tried_again))
    assert (folder.root(path) / run.name / folder.RUN).is_file()


def test_a_run_that_cannot_be_deleted_is_no_fault_of_the_app(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", refused)
    with pytest.raises(Refusal, match="was not deleted, or not completely: Permission denied"):
        run_deletion.delete(run)
