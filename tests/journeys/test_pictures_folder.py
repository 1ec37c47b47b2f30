"""A data set that does not come with the app: Train and test pictures ask where it lies, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from journeys.person import Person
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QLabel

from cnnlab.core import changes
from cnnlab.core.messages import message
from cnnlab.core.project import DataSettings, Project
from cnnlab.core.sources import SOURCES
from cnnlab.gui.training.controller import State


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
    assert window.training.state is State.IDLE
    answers = iter((str(folder / "train"), str(folder)))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: next(answers))
    person.run("Train")
    person.answer("Choose folder…")
    person.until(lambda: (box := person.question()) and "cannot be used" in box.text())
    assert not window.document.project.data.folder
    person.answer("Choose folder…")
    person.until(lambda: window.training.state is State.IDLE and window.document.project.weights.step == 2)
    assert window.document.project.data.folder == str(folder)
    # Another project of the same data set needs no question.
    window.document.open(colour_net(window.document.project), None)
    window.document.open(replace(window.document.project, data=DataSettings("cifar10")), None)
    person.until(lambda: window.document.facts.trainable)
    step = window.document.project.weights.step
    person.run("Continue")
    person.until(lambda: window.document.project.weights.step > step and window.training.state is State.IDLE)
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
