"""What the form of the pictures asks of the engine, in a thread: varied pictures, and the numbers to normalise by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cnnlab.core.project import Project


@dataclass(frozen=True)
class Preview:
    """A training picture to vary; ``number`` says which, counted round the set."""

    project: Project
    number: int
    count: int


def varied(preview: Preview) -> np.ndarray:
    """uint8 ``(count, C, H, W)``: the picture as so many epochs would show it. Raises ``DataError`` or
    ``PreparationError``."""
    from cnnlab.engine.data import augment, datasets

    project = preview.project
    pictures = datasets.load(project.data).train
    picture = pictures.read([preview.number % len(pictures)])[0]
    return augment.preview(picture, project, preview.count, project.training.seed).numpy()


class Scale(StrEnum):
    """How the values of a picture are brought to numbers that are good to learn from."""

    UNIT = "unit"
    """Black is 0 and white is 1."""
    RANGE = "range"
    """The darkest value of the training pictures is 0 and the brightest 1, in each channel."""
    DEVIATIONS = "deviations"
    """The mean of the training pictures is 0 and their deviation 1, in each channel."""


def normalisation(project: Project, scale: Scale) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation that ``Preprocessing`` needs for ``scale``. Raises ``DataError``."""
    if scale is Scale.UNIT:
        return (0.0,), (1.0,)
    raise NotImplementedError
