"""From what a person gives as input to pixels, and from a drawing to a picture like those that the network learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import answer_figure
from cnnlab.core.project import Project
from cnnlab.core.sources import SOURCES, Target
from cnnlab.engine import pictures
from cnnlab.engine.data import datasets
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.inspection.drawing import DrawingSteps, prepare_drawing
from cnnlab.engine.inspection.looks import Input
from cnnlab.engine.inspection.paper import picture_as_drawing
from cnnlab.engine.pictures import PictureError

Given = str | Path | int | NDArray[np.uint8]
"""A picture as a script or a command names it."""


def given(project: Project, picture: Given, as_drawing: bool = False) -> Input:
    """The input that is meant for the network of ``project``: a file by its path, a test picture by its number, or pixels uint8
    ``(H, W)`` or ``(H, W, 3)`` of any size. ``as_drawing`` takes a file for ink on paper, and pixels ``(H, W)`` for a drawing,
    ink 255 on 0. Raises ``PictureError`` for pixels that are no picture."""
    if isinstance(picture, str | Path):
        return Input.of_file(project, Path(picture), as_drawing)
    if not isinstance(picture, np.ndarray):
        return Input.stored(project, int(picture))
    is_grey = picture.ndim == 2
    if picture.dtype != np.uint8 or not picture.size or not (is_grey or (picture.shape[2:] == (3,) and not as_drawing)):
        raise PictureError(
            _(
                "A picture is an array of bytes (uint8), height × width, or height × width × 3 in red, green and blue unless it "
                "is a drawing. This one is {kind}, {shape}.",
                kind=picture.dtype,
                shape=" × ".join(map(str, picture.shape)),
            )
        )
    return Input.drawn(picture) if as_drawing else Input(pixels=_fitted(picture, project.picture_shape))


def read(wanted: Input) -> Input:
    """The input that was ``wanted``, with its pixels. Raises ``DataError`` for the test split, ``PictureError`` for a file."""
    if wanted.pixels is not None:
        return wanted
    return _stored(wanted) if wanted.path is None else _from_file(wanted)


def picture_of(given: Input) -> tuple[NDArray[np.uint8], DrawingSteps | None]:
    """The picture uint8 ``(C, H, W)`` that goes to the network's preparation, and of a drawing how it came about."""
    assert given.pixels is not None, "the input is still to be read"
    if not given.is_drawing:
        return given.pixels, None
    steps = prepare_drawing(given.pixels[0])
    return steps.centred[None], steps


def _stored(wanted: Input) -> Input:
    assert wanted.data is not None
    assert wanted.index is not None
    loaded = datasets.load(wanted.data, wanted.shape, as_before=True)  # somebody turns pages, and waits for each
    test = loaded.test
    index = wanted.index % len(test)
    return replace(wanted, pixels=test.read([index])[0].numpy(), label=_answer(loaded, test.labels[index].item()))


def _answer(loaded: Dataset, label: float) -> str:
    if loaded.target is Target.NUMBER:
        return answer_figure(label, SOURCES[loaded.name].unit)
    return loaded.classes[int(label)]


def _from_file(wanted: Input) -> Input:
    assert wanted.path is not None
    assert wanted.shape is not None
    opened = pictures.open_picture(wanted.path)
    if wanted.is_drawing:
        return replace(wanted, pixels=picture_as_drawing(opened)[None])
    return replace(wanted, pixels=_fitted(opened, wanted.shape))


def _fitted(picture: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    return pictures.fit_picture(picture, shape)[0].numpy()
