"""What the form of the pictures asks of the engine, in a thread: varied pictures, and the numbers to normalise by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.core.project import Project
from cnnlab.gui.training.run_thread import load_dataset

if TYPE_CHECKING:
    from cnnlab.engine.data.statistics import Way


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
    pictures = load_dataset(project).train
    picture = pictures.read([preview.number % len(pictures)])[0]
    return augment.preview(picture, project, preview.count, project.training.seed).numpy()


class Ended(Exception):
    """Nobody waits for the result any more."""


def normalisation(
    project: Project, channels: int, way: Way, ended: Callable[[], bool]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation that ``Preprocessing`` needs to normalise in a ``way``, for a network that reads ``channels``. Raises
    ``DataError`` or ``PreparationError``, and ``Ended`` soon after ``ended`` says so."""
    from cnnlab.engine.data import statistics

    def go_on(_done: int) -> None:
        if ended():
            raise Ended

    return statistics.of(load_dataset(project).train, channels, way, go_on)
