"""What the form of the pictures asks of the engine, in a thread: varied pictures, and the numbers to normalise by."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnlab.core.project.project import Project
from cnnlab.gui.training.run.run_thread import load_dataset

if TYPE_CHECKING:
    from cnnlab.engine.data.statistics import Found, Way


@dataclass(frozen=True)
class Preview:
    """A training picture to vary; ``number`` says which, counted round the set."""

    project: Project
    number: int
    count: int


def varied(preview: Preview) -> np.ndarray:
    """uint8 ``(count, C, H, W)``: the picture as so many epochs would show it. Raises ``DataError`` or
    ``PreparationError``."""
    from cnnlab.engine.data import augment

    project = preview.project
    pictures = training_pictures(project)
    picture = pictures.read([preview.number % len(pictures)])[0]
    return augment.preview(picture, project, preview.count, project.training.seed).numpy()


@dataclass(frozen=True, eq=False)
class Measurement:
    """The training pictures of a project, to normalise in a ``way`` for a network that reads ``channels``."""

    project: Project
    pictures: Any
    channels: int
    way: Way


def training_pictures(project: Project) -> Any:
    """Read from the disk, where they are not in memory yet. Raises ``DataError``."""
    return load_dataset(project).train


def normalisation(asked: Measurement) -> Generator[int, None, Found]:
    """Mean and deviation that ``Preprocessing`` needs for it, in steps. Raises ``DataError`` or ``PreparationError``."""
    from cnnlab.engine.data import statistics

    return statistics.measuring(asked.pictures, asked.channels, asked.way)
