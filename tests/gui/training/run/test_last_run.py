"""A run that was stopped goes on as long as the project is what it trains, and no longer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot
from small_runs import driven

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import Change, End, Event, Measuring, RunEnded, Split
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.engine.runs import folder, reopen, resume, run_archive, table
from cnnlab.engine.runs.recorder import Taker
from cnnlab.engine.training.run import Run
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.run.run_thread import RunThread, TrainingJob, train

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]


BATCHES = 8
"""Of the fixtures' data set."""


def ended(qtbot: QtBot, controller: TrainingController) -> RunEnded:
    """Wait for the run's end."""
    with qtbot.waitSignal(controller.ended, timeout=30_000) as blocker:
        pass
    return blocker.args[0]


def paused(qtbot: QtBot, controller: TrainingController) -> None:
    qtbot.waitUntil(lambda: controller.state is TrainingState.PAUSED, timeout=20_000)


def stopped_after(qtbot: QtBot, controller: TrainingController, batches: int) -> Path:
    """Train so many batches more and stop; the folder of the run."""
    for _ in range(batches):
        controller.one_batch()
    paused(qtbot, controller)
    controller.stop()
    assert ended(qtbot, controller).end is End.STOPPED
    return folder.root(controller.document.path) / controller.run_id


def same(one: Weights, other: Weights) -> bool:
    return one.step == other.step and all(
        np.array_equal(array, other.nodes[uid][name])
        for uid, tensors in one.nodes.items()
        for name, array in tensors.items()
    )


def test_it_goes_on_by_train_batch_and_epoch_with_what_was_changed_on_the_way(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    whole, parts = make(small_project(epochs=3, threads=1)), make(small_project(epochs=3, threads=1))
    for controller in (whole, parts):
        controller.one_batch()
        paused(qtbot, controller)
        with qtbot.waitSignal(controller.setting_changed, timeout=20_000):
            controller.change(Change(learning_rate=0.05))
    whole.train()
    assert ended(qtbot, whole).end is End.COMPLETED
    run = stopped_after(qtbot, parts, 1)
    assert stopped_after(qtbot, parts, 2) == run
    parts.one_epoch()
    paused(qtbot, parts)
    parts.stop()
    ended(qtbot, parts)
    assert parts.stopped.folder == run
    parts.train()
    assert ended(qtbot, parts).end is End.COMPLETED
    assert same(parts.document.project.weights, whole.document.project.weights)
    assert parts.stopped.folder is None, "a run that is through does not go on"
    assert len(table.runs(folder.root(None))) == 2


def test_an_edit_lets_a_new_run_begin_with_the_weights_there_are(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=3, threads=1))
    first = stopped_after(qtbot, controller, 3)
    document = controller.document
    weights = document.project.weights.nodes["fc1"]
    document.edit(message("Weight"), lambda p: changes.set_weight(p, "fc1", weights, "weight", (0, 0), 0.5))
    assert controller.stopped.folder is None
    document.undo()
    assert controller.stopped.folder == first
    document.edit(message("Longer"), lambda project: changes.set_training(project, epochs=5))
    second = stopped_after(qtbot, controller, 2)
    assert second != first
    assert table.summary(second).step == 5
    document.undo()
    assert controller.stopped.folder is None, "the weights are those of the second run"


def test_a_run_whose_folder_is_gone_is_not_gone_on_with_and_that_is_said(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=3, threads=1))
    told: list[str] = []
    controller.notice.connect(told.append)
    run = stopped_after(qtbot, controller, 3)
    shutil.rmtree(run)
    controller.one_batch()
    paused(qtbot, controller)
    assert controller.run_id != run.name
    assert controller.document.project.weights.step == 4
    assert "The folder of the stopped run is gone" in told[0]
    assert "step 3" in told[0]


def test_a_run_that_somebody_else_went_on_with_is_left_alone(
    qtbot: QtBot, make: Make, small_project: SmallProject, tiny: Callable[[Project], object]
) -> None:
    controller = make(small_project(epochs=3, threads=1))
    run = stopped_after(qtbot, controller, 3)
    project, checkpoint = resume.prepare(run)
    further = Run(project, tiny(project), threads=(1,), resume=checkpoint)  # type: ignore[arg-type]
    events = driven(further, run.parent)
    while next(events).step < 6:
        pass
    events.close()
    started: list[object] = []
    controller.started.connect(started.append)
    controller.train()
    end = ended(qtbot, controller)
    assert end.end is End.FAILED
    assert started == [], "nothing is told of a run that does not go on"
    assert "step 3" in str(end.message)
    assert "step 6" in str(end.message)
    assert controller.document.project.weights.step == 3
    assert controller.stopped.folder is None, "the next press begins a new run"
    assert table.summary(run).step == 6


def test_one_that_is_stopped_while_its_best_weights_are_tested_comes_to_its_end(
    qtbot: QtBot, make: Make, small_project: SmallProject, tiny: Callable[[Project], Dataset]
) -> None:
    def misleading(project: Project) -> Dataset:
        dataset = tiny(project)
        assert isinstance(dataset.validation, PictureSet)
        validation = PictureSet(dataset.validation.images, (dataset.validation.labels + 1) % 10)
        return replace(dataset, validation=validation)  # the more is learned the worse it is

    def stopping(job: TrainingJob, dataset: Dataset, threads: tuple[int, ...]) -> tuple[Run, Taker]:
        (run, recorder), thread = train(job, dataset, threads), QThread.currentThread()
        assert isinstance(thread, RunThread)
        real = recorder.take

        def take(event: Event) -> Event:
            if job.resumes is None and isinstance(event, Measuring) and event.split is Split.TEST:
                thread.stop()
            return real(event)

        recorder.take = take  # type: ignore[method-assign]
        return run, recorder

    project = small_project(epochs=20, early_stopping=2, threads=1)
    whole, parts = make(project, load=misleading), make(project, load=misleading, trainer=stopping)
    whole.train()
    expected = ended(qtbot, whole)
    assert (expected.end, expected.step, expected.early) == (End.COMPLETED, BATCHES, True)
    parts.train()
    assert ended(qtbot, parts).end is End.STOPPED
    run = folder.root(None) / parts.run_id
    assert parts.stopped.folder == run
    assert resume.stopped_at(parts.document.project, run.parent) == run
    assert same(parts.document.project.weights, whole.document.project.weights)
    parts.train()
    found = ended(qtbot, parts)
    assert replace(found, run="") == replace(expected, run="")
    assert parts.run_id == run.name
    assert same(parts.document.project.weights, whole.document.project.weights)
    assert same(reopen.project(run).weights, parts.document.project.weights)
    assert len(run_archive.read_curve(run).epochs) == 3, "what was trained behind the best weights stays in the record"


def test_a_run_that_fails_does_not_go_on(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(optimiser="sgd", learning_rate=1e-3, epochs=3))
    run = stopped_after(qtbot, controller, 1)
    assert controller.stopped.folder == run
    controller.one_batch()
    paused(qtbot, controller)
    controller.change(Change(learning_rate=100.0, weight_decay=10.0))
    controller.train()
    assert ended(qtbot, controller).end is End.FAILED
    assert controller.stopped.folder is None


def test_stop_before_it_has_begun_leaves_it_as_it_was(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(epochs=3))
    run = stopped_after(qtbot, controller, 3)
    controller.train()
    controller.stop()
    ended(qtbot, controller)
    assert controller.stopped.folder == run


def test_data_that_cannot_be_loaded_now_leave_it_as_it_was(
    qtbot: QtBot, make: Make, small_project: SmallProject, disk: Any
) -> None:
    controller = make(small_project(epochs=3), load=disk.load)
    run = stopped_after(qtbot, controller, 3)
    disk.is_there = False
    controller.train()
    assert ended(qtbot, controller).end is End.FAILED
    assert controller.stopped.folder == run


def test_a_run_that_was_stopped_goes_on_where_it_was(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(epochs=3, threads=1))
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    through = controller.document.project.weights

    again = make(small_project(epochs=3, threads=1))
    for _ in range(BATCHES + 3):
        again.one_batch()
    paused(qtbot, again)
    again.stop()
    assert ended(qtbot, again).end is End.STOPPED
    run = folder.root(None) / again.run_id
    steps: list[int] = []
    again.batches_done.connect(lambda events: steps.extend(event.step for event in events))
    again.resume(run)
    assert ended(qtbot, again).end is End.COMPLETED
    assert again.run_id == run.name
    assert steps == list(range(1, 3 * BATCHES + 1)), "its past is told first, each step once"
    assert again.progress.share == 1.0
    weights = again.document.project.weights
    assert weights.step == through.step
    assert np.array_equal(weights.nodes["fc1"]["weight"], through.nodes["fc1"]["weight"]), "as if it had never stopped"


def test_a_run_with_other_pictures_does_not_go_on(
    qtbot: QtBot, make: Make, small_project: SmallProject, tiny: Callable[[Project], Dataset]
) -> None:
    controller = make(small_project(epochs=3))
    controller.one_batch()
    paused(qtbot, controller)
    controller.stop()
    ended(qtbot, controller)

    def others(project: Project) -> Dataset:
        dataset = tiny(project)
        return replace(dataset, train=PictureSet(255 - dataset.train.images, dataset.train.labels))

    other = make(small_project(epochs=3), load=others)
    other.resume(folder.root(None) / controller.run_id)
    end = ended(qtbot, other)
    assert end.end is End.FAILED
    assert "not those that this run began with" in str(end.message)
