"""Other pictures than MNIST's: chosen in the tool bar, fetched, or asked for once by Train and by test pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import published
import pytest
from journeys.person import Person
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QLabel

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.engine.data import set_folders
from cnnlab.gui.training.run.controller import TrainingState


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    for split in ("train", "test"):
        for name in SOURCES["cifar10"].classes:
            place = tmp_path / "cifar" / split / name
            place.mkdir(parents=True)
            for number in range(8):
                pixels = generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")
    return tmp_path / "cifar"


def colour_net(project: Project) -> Project:
    """The starter net for 32 × 32 photos."""
    (start,) = project.graph.of_type("input")
    project = changes.set_params(project, start.uid, channels=3, height=32, width=32)
    return replace(project, data=DataSettings("cifar10"), title="colours")


def test_train_asks_for_the_folder_once_and_goes_on(
    person: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = person.window
    window.document.open(colour_net(window.document.project), None)
    person.until(lambda: window.document.facts.trainable)
    person.run("Train")
    person.answer("Cancel")
    assert window.training.state is TrainingState.IDLE
    answers = iter((str(folder / "train"), str(folder)))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: next(answers))
    person.run("Train")
    person.answer("Choose folder…")
    person.until(lambda: (box := person.question()) and "cannot be used" in box.text())
    assert not window.document.project.data.folder
    person.answer("Choose folder…")
    person.until(lambda: window.training.state is TrainingState.IDLE and window.document.project.weights.step == 2)
    assert window.document.project.data.folder == str(folder)
    # Another project of the same data set needs no question.
    window.document.open(colour_net(window.document.project), None)
    window.document.open(replace(window.document.project, data=DataSettings("cifar10")), None)
    person.until(lambda: window.document.facts.trainable)
    step = window.document.project.weights.step
    person.run("Train")
    person.until(lambda: window.document.project.weights.step > step and window.training.state is TrainingState.IDLE)
    assert person.question() is None


def test_a_test_picture_asks_for_the_folder_too(person: Person, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = person.window
    window.document.open(colour_net(window.document.project), None)
    person.until(lambda: window.document.facts.trainable)
    window.input_panel.number.setValue(77)
    person.answer("Cancel")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(folder))
    person.press("Test picture")
    person.answer("Choose folder…")
    person.until(lambda: "True class: truck" in window.prediction.caption.text())
    assert "True class: truck" in [label.text() for label in window.input_panel.findChildren(QLabel)]
    # Another project of the same data set needs no question.
    window.document.open(colour_net(window.document.project), None)
    window.input_panel.number.setValue(5)
    person.until(lambda: "True class: airplane" in window.prediction.caption.text())
    assert person.question() is None


def test_a_test_picture_that_was_asked_for_comes_when_training_finds_its_folder(person: Person, folder: Path) -> None:
    window = person.window
    window.document.open(colour_net(window.document.project), None)
    person.until(lambda: window.document.facts.trainable)
    person.press("Test picture")
    person.answer("Cancel")
    window.document.edit(message("Choose"), lambda project: changes.set_data(project, folder=str(folder)))
    person.until(lambda: "True class: airplane" in window.prediction.caption.text())


def choose(person: Person, name: str) -> None:
    """Choose a data set from the menu in the tool bar."""
    (action,) = (action for action in person.window.tool_bar.data.menu().actions() if action.data() == name)
    action.trigger()


def test_another_task_is_one_step_and_trains_at_once(person: Person) -> None:
    window = person.window
    before = window.document.project
    choose(person, "mnist_seven")
    project = window.document.project
    assert project.data.source == "mnist_seven"
    assert project.training.loss == "binary_cross_entropy"
    assert project.graph.by_path["fc2"].params["out_features"] == 1
    person.until(lambda: window.document.facts.digest == project.graph.digest and window.document.facts.trainable)
    window.document.undo()
    assert window.document.project == before


def test_a_folder_of_pictures_names_its_classes_and_takes_the_network_s_size(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("10", "2", "ten"):
        place = tmp_path / "mine" / name
        place.mkdir(parents=True)
        for number in range(10):
            Image.new("L", (40 + number, 30), 20 * number).save(place / f"{number}.png")
    window = person.window
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "mine"))
    choose(person, "folder")
    person.until(lambda: window.document.project.data.source == "folder")
    project = window.document.project
    assert project.classes == ("2", "10", "ten")
    assert project.picture_shape == (1, 28, 28)
    assert project.outputs == project.graph.by_path["fc2"].params["out_features"] == 3
    person.until(lambda: window.document.facts.trainable)
    window.document.edit(message("Short"), lambda project: changes.set_training(project, epochs=1, batch_size=8))
    person.run("Train")
    person.until(lambda: window.training.state is TrainingState.IDLE and window.document.project.weights.step)
    window.input_panel.number.setValue(0)
    person.press("Test picture")
    person.until(lambda: "True class: 2" in window.prediction.caption.text())


def test_a_folder_without_classes_is_refused_and_nothing_changes(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = person.window.document.project
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path))
    choose(person, "folder")
    person.until(person.question)
    question = person.question()
    assert question is not None
    assert "There is no folder with pictures" in question.text()
    person.answer("Close")
    assert person.window.document.project == before


def test_a_set_that_can_be_fetched_is_offered_and_the_run_begins_when_it_is_there(
    person: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = person.window

    def fetch(name: str, cancelled: object, progress: object) -> None:
        place = set_folders.home(name)
        place.mkdir(parents=True)
        for file in published.CIFAR10:
            (place / file).write_bytes(published.cifar_file(40, 1))

    monkeypatch.setattr(window.pictures_folder.fetching, "_fetch", fetch)
    window.document.open(colour_net(window.document.project), None)
    person.until(lambda: window.document.facts.trainable)
    person.run("Train")
    person.answer("Download (170 MB)")
    person.until(lambda: window.training.state is TrainingState.IDLE and window.document.project.weights.step)
    assert window.document.project.data.folder == ""
    assert person.question() is None
