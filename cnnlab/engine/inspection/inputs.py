"""From what a person gives as input to pixels, and from a drawing to a picture like those that the network learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import answer_figure, whole
from cnnlab.core.project.project import Project
from cnnlab.engine.data import datasets, pictures
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.data.pictures import PictureError
from cnnlab.engine.inspection.drawing import DrawingSteps, prepare_drawing
from cnnlab.engine.inspection.looks import Input
from cnnlab.engine.inspection.scanned_digit import picture_as_drawing

Given = str | Path | int | NDArray[np.uint8] | torch.Tensor
"""A picture as a script or a command names it."""


def given(project: Project, picture: Given, as_drawing: bool = False) -> Input:
    """The input that is meant for the network of ``project``: a file by its path, a test picture by its number from 0, or
    pixels uint8 ``(H, W)`` or ``(H, W, 3)`` of any size, a tensor with its channels first. ``as_drawing`` takes a file for ink
    on paper, and grey pixels for a drawing, ink 255 on 0. Raises ``PictureError`` for what is no picture and for a number that
    no test picture has, ``DataError`` where there are no test pictures to count."""
    if isinstance(picture, str | Path):
        return Input.of_file(project, Path(picture), as_drawing)
    if isinstance(picture, np.ndarray | torch.Tensor):
        pixels = _pixels(picture, as_drawing)
        return Input.drawn(pixels) if as_drawing else Input(pixels=_fitted(pixels, project.picture_shape))
    if isinstance(picture, bool) or not isinstance(picture, int | np.integer):
        raise PictureError(
            _(
                "A picture is a file by its path, a test picture by its number, or an array of pixels, and not of the type "
                "{kind}.",
                kind=type(picture).__name__,
            )
        )
    _check_number(project, int(picture))
    return Input.stored(project, int(picture))


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


def _pixels(picture: NDArray[np.uint8] | torch.Tensor, as_drawing: bool) -> NDArray[np.uint8]:
    """The pixels ``(H, W)`` or ``(H, W, 3)``. Raises ``PictureError`` where they are of another kind or shape."""
    kind, shape = str(picture.dtype).removeprefix("torch."), tuple(picture.shape)
    if isinstance(picture, torch.Tensor) and picture.ndim == 3:
        picture = picture[0] if shape[0] == 1 else picture.permute(1, 2, 0)
    is_grey = picture.ndim == 2
    if kind != "uint8" or 0 in shape or not (is_grey or (picture.shape[2:] == (3,) and not as_drawing)):
        raise PictureError(
            _(
                "A picture is an array of bytes (uint8), height × width, or height × width × 3 in red, green and blue unless it "
                "is a drawing; a tensor has its 1 or 3 channels first. This one is {kind}, {shape}.",
                kind=kind,
                shape=" × ".join(map(str, shape)) or _("a single number"),
            )
        )
    return picture.cpu().numpy() if isinstance(picture, torch.Tensor) else picture


def _check_number(project: Project, number: int) -> None:
    count = len(datasets.load(project.data, project.picture_shape, as_before=True).test)
    if not count:
        raise PictureError(_("These data have no test pictures. Give a file or pixels."))
    if not 0 <= number < count:
        raise PictureError(
            _(
                "There is no test picture {number}: they are numbered from 0 to {last}.",
                number=whole(number),
                last=whole(count - 1),
            )
        )


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
