"""Press Train and watch; pause, single steps, stop; edit during the run."""

from __future__ import annotations

import numpy as np
from journeys.person import Person
from PySide6.QtCore import Qt

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.engine.runs import folder
from cnnlab.gui.training.run.controller import TrainingState


def test_train_pause_step_and_stop(person: Person) -> None:
    training = person.window.training
    person.run("Train")
    person.until(lambda: training.progress.steps >= 20)
    assert training.state is TrainingState.RUNNING
    assert person.window.curves is not None
    assert not person.window.curves.is_empty, "the curves begin with the run, whoever looks at them"
    assert 0 < training.progress.smoothed.loss < 5
    assert training.progress.pace.images_per_second > 0
    person.run("Pause")
    person.until(lambda: training.state is TrainingState.PAUSED)
    person.until(lambda: person.window.document.project.weights.step == training.progress.steps)
    at = training.progress.steps
    person.run("One batch")
    person.until(lambda: training.progress.steps == at + 1 and training.state is TrainingState.PAUSED)
    person.run("Stop")
    person.until(lambda: training.state is TrainingState.IDLE)
    assert person.window.document.project.weights.step == at + 1
    assert person.window.document.modified
    assert person.window.document.undo_label is None, "training must not be a step to undo"


def test_a_layer_frozen_during_a_run_says_that_the_run_still_trains_it(person: Person) -> None:
    window = person.window
    window.selection.set(["conv1"])
    person.run("One batch")
    person.until(lambda: window.training.state is TrainingState.PAUSED)
    window.commands["freeze"].trigger()
    assert window.form.page is not None
    said = window.form.page.learning.of_run
    assert "from the next run" in said.text()
    person.run("Stop")
    person.until(lambda: window.training.state is TrainingState.IDLE)
    assert said.text() == ""


def test_a_run_that_is_stopped_and_continued_is_one_run_and_comes_to_the_same_weights(person: Person) -> None:
    window = person.window
    training, document = window.training, window.document
    change = {"threads": 1, "epochs": 1, "max_steps": 40}
    document.edit(message("A short run"), lambda project: changes.set_training(project, **change))
    person.run("Train")
    person.until(lambda: training.state is TrainingState.IDLE, seconds=60)
    undisturbed, first = document.project.weights, training.run_id

    window.reset_weights()
    person.run("Train")
    person.until(lambda: training.progress.steps >= 5)
    person.run("Pause")
    person.until(lambda: training.state is TrainingState.PAUSED)
    person.run("Stop")
    person.until(lambda: training.state is TrainingState.IDLE)
    second, stopped_at = training.run_id, document.project.weights.step
    assert 5 <= stopped_at < 40
    person.keys(Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier)
    person.until(lambda: training.state is TrainingState.PAUSED)
    assert document.project.weights.step == stopped_at + 1
    person.run("Stop")
    person.until(lambda: training.state is TrainingState.IDLE)
    person.run("Continue")
    person.until(lambda: document.project.weights.step == 40 and training.state is TrainingState.IDLE, seconds=60)

    assert training.run_id == second
    assert {run.name for run in folder.root(None).iterdir()} == {first, second}
    for uid, tensors in undisturbed.nodes.items():
        for name, array in tensors.items():
            assert np.array_equal(document.project.weights.nodes[uid][name], array)
    assert window.run_bar.actions_of_run.train.text() == "Train"


def test_edit_during_a_run_is_told(person: Person) -> None:
    window = person.window
    person.run("Train")
    person.until(lambda: window.training.progress.steps >= 5)
    window.document.edit(message("Filters"), lambda p: changes.set_params(p, person.uid("conv3"), out_channels=64))
    person.until(lambda: window.run_bar.badge.isVisible())
    before = window.training.progress.steps
    person.until(lambda: window.training.progress.steps > before)
    person.run("Stop")
    person.until(lambda: window.training.state is TrainingState.IDLE)
    # The next run keeps what fits, and says what starts afresh.
    told: list[str] = []
    window.training.notice.connect(told.append)
    person.run("Train")
    person.until(lambda: told)
    assert "conv3" in told[0]
    assert "fc1" in told[0]
    assert "conv1" in told[0]
    window.training.notice.disconnect(told.append)
    person.run("Stop")
    person.until(lambda: window.training.state is TrainingState.IDLE)
