"""The controller with the engine's own training loop, on a few hundred pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

from pytestqt.qtbot import QtBot
from training_runs import DIVERGING

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import BatchDone, Change, End, Event, RunEnded, RunStarted, SettingChanged
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data.datasets import Dataset
from cnnlab.engine.runs.recorder import Taker
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.run.run_thread import RunThread, TrainingJob

BATCH, BATCHES = 32, 8
"""Of the fixtures' data set."""

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]


def ended(qtbot: QtBot, controller: TrainingController) -> RunEnded:
    """Wait for the run's end."""
    with qtbot.waitSignal(controller.ended, timeout=30_000) as blocker:
        pass
    return blocker.args[0]


def until(qtbot: QtBot, controller: TrainingController, state: TrainingState) -> None:
    qtbot.waitUntil(lambda: controller.state is state, timeout=30_000)


def test_a_run_goes_to_its_end_and_leaves_its_weights(qtbot: QtBot, make: Make) -> None:
    controller = make()
    epochs: list[int] = []
    steps: list[int] = []
    controller.epoch_done.connect(lambda event: epochs.append(event.epoch))
    controller.batches_done.connect(lambda events: steps.extend(event.step for event in events))
    controller.train()
    assert controller.state is TrainingState.PREPARING
    end = ended(qtbot, controller)
    assert end.end is End.COMPLETED
    assert end.test_accuracy is not None
    assert epochs == [1, 2]
    assert steps == list(range(1, 2 * BATCHES + 1))
    assert controller.state is TrainingState.IDLE
    assert controller.document.project.weights.step == 2 * BATCHES
    assert set(controller.document.project.weights.nodes) == {"fc1"}
    assert controller.document.undo_label is None
    assert controller.progress.share == 1.0


def test_one_batch_and_one_epoch_wait_where_they_say(qtbot: QtBot, make: Make) -> None:
    controller = make()
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert controller.document.project.weights.step == 1
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert controller.document.project.weights.step == 2
    controller.one_epoch()
    assert controller.state is TrainingState.RUNNING
    until(qtbot, controller, TrainingState.PAUSED)
    assert controller.document.project.weights.step == BATCHES
    assert controller.progress.validation.accuracy is not None
    controller.train()
    assert ended(qtbot, controller).end is End.COMPLETED
    assert controller.document.project.weights.step == 2 * BATCHES


def test_pause_keeps_still_until_told_to_go_on(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(epochs=2000))
    controller.train()
    until(qtbot, controller, TrainingState.RUNNING)
    controller.pause()
    assert controller.state is TrainingState.PAUSED
    thread = controller.findChild(RunThread)
    qtbot.waitUntil(lambda: thread.waiting)
    step = controller.document.project.weights.step
    qtbot.wait(100)
    assert not thread.events
    assert controller.document.project.weights.step == max(step, controller.document.project.weights.step)
    controller.train()
    steps_before = controller.progress.steps
    qtbot.waitUntil(lambda: controller.progress.steps > steps_before)
    controller.stop()
    assert ended(qtbot, controller).end is End.STOPPED


def test_progress_knows_how_many_pictures_make_a_step(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(epochs=1, batch_size=8, accumulate=3))
    controller.train()
    ended(qtbot, controller)
    assert controller.progress.step_size == 24


def test_stop_is_acknowledged_at_once_and_keeps_the_weights(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=2000))
    controller.train()
    qtbot.waitUntil(lambda: controller.progress.steps > 3)
    start = time.perf_counter()
    controller.stop()
    assert controller.state is TrainingState.STOPPING
    assert time.perf_counter() - start < 0.1
    end = ended(qtbot, controller)
    assert end.end is End.STOPPED
    assert controller.document.project.weights.step == end.step > 3


def test_live_snapshots_reach_pictures_but_not_the_project(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=2000, batch_size=2))
    seen: list[tuple[int, int]] = []
    controller.weights_published.connect(
        lambda weights: seen.append((weights.step, controller.document.project.weights.step))
    )
    controller.train()
    qtbot.waitUntil(lambda: any(live != kept for live, kept in seen), timeout=20_000)
    controller.stop()
    ended(qtbot, controller)
    steps = [live for live, _ in seen]
    assert steps == sorted(steps)
    assert seen[-1][0] == seen[-1][1]


def test_an_edit_during_the_run_makes_it_outdated_and_the_next_run_tells_what_restarts(
    qtbot: QtBot, make: Make
) -> None:
    project = templates.chain(
        [[("input", "input", {}), ("flatten", "flatten", {}), ("linear", "fc1", {"out_features": 8}),
          ("linear", "fc2", {"out_features": 10}), ("output", "output", {})]]
    )  # fmt: skip
    controller = make(replace(project, training=TrainingSettings(batch_size=BATCH, epochs=2000)))
    controller.train()
    until(qtbot, controller, TrainingState.RUNNING)
    assert not controller.outdated
    controller.document.edit(message("Wider"), lambda old: changes.set_params(old, "fc1", out_features=12))
    assert controller.outdated
    controller.document.undo()
    assert not controller.outdated
    controller.document.redo()
    controller.stop()
    ended(qtbot, controller)
    assert not controller.outdated
    assert controller.document.project.weights.nodes["fc1"]["weight"].shape == (8, 784)

    notices: list[str] = []
    controller.notice.connect(notices.append)
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert len(notices) == 1
    assert "fc1" in notices[0]
    assert "fc2" in notices[0]
    controller.stop()
    ended(qtbot, controller)
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert len(notices) == 1, "a run that goes on starts nothing afresh"


def test_a_layer_frozen_during_the_run_makes_it_outdated(qtbot: QtBot, make: Make) -> None:
    controller = make()
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert not controller.outdated
    controller.document.edit(message("Freeze"), lambda old: changes.set_learning(old, "fc1", frozen=True))
    assert controller.outdated


def test_a_run_that_diverges_ends_with_a_sentence(qtbot: QtBot, make: Make) -> None:
    project = templates.BY_KEY["mnist"].build()
    training = TrainingSettings(batch_size=BATCH, epochs=50, **DIVERGING)
    controller = make(replace(project, training=training))
    controller.train()
    end = ended(qtbot, controller)
    assert end.end is End.FAILED
    assert "learning rate" in str(end.message)
    assert controller.state is TrainingState.IDLE


def test_a_network_that_cannot_train_ends_with_its_problem(qtbot: QtBot, make: Make) -> None:
    controller = make(templates.BY_KEY["empty"].build())
    controller.train()
    end = ended(qtbot, controller)
    assert end.end is End.FAILED
    assert "output" in str(end.message)


def test_an_error_anywhere_in_the_thread_ends_the_run(qtbot: QtBot, make: Make) -> None:
    def missing(project: Project) -> Dataset:
        raise OSError("no such disk")

    controller = make(load=missing)
    controller.train()
    end = ended(qtbot, controller)
    assert end.end is End.FAILED
    assert "no such disk" in str(end.message)


def test_stop_while_the_pictures_are_read_ends_the_run(qtbot: QtBot, make: Make) -> None:
    controller = make()
    controller.train()
    controller.stop()
    assert ended(qtbot, controller).end is End.STOPPED


def test_closing_ends_a_paused_run(qtbot: QtBot, make: Make) -> None:
    controller = make()
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    with qtbot.waitSignal(controller.finished, timeout=10_000):
        controller.close()
        controller.train()
    assert controller.state is TrainingState.IDLE


def test_a_run_of_the_project_before_leaves_nothing_in_another(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=2000))
    controller.train()
    qtbot.waitUntil(lambda: controller.progress.steps > 3, timeout=20_000)
    controller.document.open(templates.BY_KEY["mnist"].build(), None)
    told: list[object] = []
    for signal in (controller.batches_done, controller.weights_published, controller.ended):
        signal.connect(told.append)
    controller.forget()
    until(qtbot, controller, TrainingState.IDLE)
    assert told == []
    assert not controller.outdated
    assert controller.progress.steps == 0
    assert controller.document.project.weights.step == 0
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert controller.document.project.weights.step == 1


def test_what_was_asked_for_begins_no_run_over_another_and_none_in_another_project(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=2000), trainer=changeable)
    asked: list[Callable[[], None]] = []
    controller.before_start = asked.append
    controller.train()  # the pictures have to be fetched, and meanwhile others are there
    controller.before_start = lambda start: start()
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    running = controller.findChildren(RunThread)
    asked.pop()()
    assert controller.findChildren(RunThread) == running
    controller.stop()
    ended(qtbot, controller)
    controller.before_start = asked.append
    controller.train()
    controller.document.open(small_project(epochs=1), None)
    asked.pop()()
    assert controller.state is TrainingState.IDLE


def test_twenty_runs_leave_no_thread(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(epochs=2000))
    for _ in range(20):
        controller.train()
        qtbot.waitUntil(lambda: controller.state is TrainingState.RUNNING)
        controller.stop()
        ended(qtbot, controller)
    qtbot.waitUntil(lambda: not controller.findChildren(RunThread))


def test_each_press_for_one_batch_is_one_batch(qtbot: QtBot, make: Make) -> None:
    controller = make()
    for _ in range(3):
        controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert controller.document.project.weights.step == 3
    for _ in range(4):
        controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    assert controller.document.project.weights.step == 7
    assert controller.is_stepping
    controller.train()
    assert not controller.is_stepping
    ended(qtbot, controller)


def test_a_change_reaches_the_run_between_two_batches_also_while_it_waits(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=2000), trainer=changeable)
    told: list[SettingChanged] = []
    controller.setting_changed.connect(told.append)
    controller.one_batch()
    until(qtbot, controller, TrainingState.PAUSED)
    controller.change(Change(learning_rate=0.5, dropout=0.25))
    qtbot.waitUntil(lambda: len(told) == 2)
    assert [(event.name, event.after) for event in told] == [("learning_rate", 0.5), ("dropout", 0.25)]
    assert controller.state is TrainingState.PAUSED
    assert {event.step for event in told} == {1}, "a change makes no step"
    controller.train()
    qtbot.waitUntil(lambda: controller.progress.steps > 3)
    controller.change(Change(weight_decay=0.125))
    qtbot.waitUntil(lambda: len(told) == 3)
    controller.stop()
    ended(qtbot, controller)


class Counting:
    """A run that does nothing but count its steps and take changes."""

    def __init__(self, project: Project) -> None:
        self._names = {"run": "fake", "graph": project.graph.digest}
        self._step = 0
        self._stopping = False
        self._changes: list[Change] = []

    def events(self) -> Iterator[Event]:
        yield self._event(
            RunStarted, device="cpu", threads=1, epochs=1000, batches=10, steps=10_000, kept=(), restarted=()
        )
        while not self._stopping:
            while self._changes:
                for name, value in asdict(self._changes.pop(0)).items():
                    if value is not None:
                        yield self._event(SettingChanged, name=name, before=1.0, after=value)
            self._step += 1
            time.sleep(0.001)  # a batch takes time, and the window needs some of the processor
            yield self._event(BatchDone, epoch=1, loss=1.0, accuracy=0.5, images=self._step, images_per_second=1000.0)
        yield self._event(RunEnded, end=End.STOPPED)

    def stop(self) -> None:
        self._stopping = True

    def change(self, change: Change) -> None:
        self._changes.append(change)

    def weights(self) -> Weights:
        return Weights(self._step)

    def close(self) -> None:
        """Nothing to give back."""

    def _event(self, kind: Callable[..., Event], **fields: Any) -> Event:
        return kind(**self._names, step=self._step, **fields)


def changeable(job: TrainingJob, dataset: Dataset, threads: tuple[int, ...]) -> tuple[Any, Taker]:
    """One that nobody records."""
    return Counting(job.project), Taker()
