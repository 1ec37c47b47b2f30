"""A controller with the engine's own training loop, on a data set that is learnt in a few steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.data.sources import Target
from cnnlab.core.project.project import Project
from cnnlab.core.runs.summary import Figures, RunState, RunSummary
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.gui.document import Document
from cnnlab.gui.training.run.controller import TrainingController

BATCH, BATCHES = 32, 8


def tiny_dataset(project: Project) -> Dataset:
    """Learnable in a few steps: the class is the row of the one bright line."""
    generator = torch.Generator().manual_seed(1)

    def pictures(count: int) -> PictureSet:
        labels = torch.randint(0, 10, (count,), generator=generator)
        images = torch.randint(0, 60, (count, 1, 28, 28), generator=generator, dtype=torch.uint8)
        for row in range(10):
            images[labels == row, :, 4 + 2 * row] = 255
        return PictureSet(images, labels)

    return Dataset("tiny", Target.CLASSES, tuple("0123456789"), pictures(BATCH * BATCHES), pictures(64), pictures(64))


def _small_project(**training: Any) -> Project:
    """Flatten and one linear layer behind a pool."""
    project = templates.chain(
        [[("input", "input", {}), ("maxpool2d", "pool1", {}), ("flatten", "flatten", {}),
          ("linear", "fc1", {"out_features": 10}), ("output", "output", {})]]
    )  # fmt: skip
    return replace(project, training=TrainingSettings(**{"batch_size": BATCH, "epochs": 2, **training}))


@pytest.fixture
def small_project() -> Callable[..., Project]:
    """Makes a small network with the training settings that are given."""
    return _small_project


class TinyDisk:
    """Where the data set of these tests lies, while it ``is_there``."""

    is_there = True

    def load(self, project: Project) -> Dataset:
        if not self.is_there:
            raise OSError("no such disk")
        return tiny_dataset(project)


@pytest.fixture
def disk() -> TinyDisk:
    """One that is there."""
    return TinyDisk()


@pytest.fixture
def tiny() -> Callable[[Project], Dataset]:
    """Loads the data set of these tests."""
    return tiny_dataset


_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _summaries(count: int) -> list[RunSummary]:
    """Runs an hour apart, with figures in another order."""
    return [
        RunSummary(
            id=f"r{number}",
            folder=Path(f"r{number}"),
            state=RunState.COMPLETED,
            started=_NOW - timedelta(hours=number),
            training=TrainingSettings(learning_rate=0.001 * (number % 7 + 1)),
            validation=Figures(loss=1.5, accuracy=0.5),
            best=Figures(loss=1.0, accuracy=(number * 37 % 101) / 101) if number % 5 else Figures(),
        )
        for number in range(count)
    ]


@pytest.fixture
def summaries() -> Callable[[int], list[RunSummary]]:
    """Makes so many runs, an hour apart."""
    return _summaries


Make = Callable[..., TrainingController]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made: list[TrainingController] = []

    def build(project: Project | None = None, **parts: Any) -> TrainingController:
        document = Document(project or _small_project())
        controller = TrainingController(document, **{"load": tiny_dataset, **parts})
        made.append(controller)
        return controller

    yield build
    for controller in made:
        with qtbot.waitSignal(controller.finished, timeout=10_000):
            controller.close()
        controller.document.close()
        controller.deleteLater()
