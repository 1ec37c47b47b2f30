"""From what a person gives as input to pixels, and from a drawing, or a digit on paper, to a picture like those that the network
learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import answer_figure, whole
from cnnlab.core.project.project import Project
from cnnlab.engine.data import datasets, pictures
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.data.pictures import PictureError
from cnnlab.engine.inspection.drawing import DrawingSteps, prepare_drawing
from cnnlab.engine.inspection.looks import Input

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
                "Give a picture as the path of a file, the number of a test picture, or an array of pixels, not as a value of the "
                "type {kind}.",
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


LONGEST = 560
"""Larger pictures are reduced to this side first, twice the pad's: it averages noise away and bounds the time."""
CONTRAST = 32
"""A picture whose strongest strokes differ by less than this from the paper (of 255) is taken for empty paper."""

Floats = NDArray[np.float32]


def picture_as_drawing(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A raster uint8 ``(H, W)``, ink 255 on 0, from a picture uint8 ``(H, W)`` or ``(H, W, 3)``; ``H, W <= 560``.

    Ink may be darker or lighter than the paper, the light may fall off to one side, and noise away from the strokes is
    removed. A picture without contrast gives an empty raster."""
    image = Image.fromarray(picture).convert("L")
    factor = LONGEST / max(image.size)
    if factor < 1:
        image = image.resize(
            (max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.Resampling.BOX
        )
    grey = np.asarray(image, np.float32)
    difference = grey - _paper(grey)
    # The strokes are the few pixels far from the paper: the cube lets them outvote noise and shadows.
    ink = (difference if float((difference**3).sum()) > 0 else -difference).clip(0, 255)

    radius = max(image.size) // 140
    smooth = _as_image(ink).filter(ImageFilter.BoxBlur(radius))  # a speck fades here, a stroke does not
    strokes = np.asarray(smooth) > _otsu_threshold(smooth)
    if not strokes.any():
        return np.zeros(grey.shape, np.uint8)
    level = float(np.percentile(ink[strokes], 95))
    if level < CONTRAST:
        return np.zeros(grey.shape, np.uint8)
    # Any stroke in reach makes the mean positive; a maximum filter takes ten times as long.
    near = np.asarray(Image.fromarray(strokes).convert("L").filter(ImageFilter.BoxBlur(radius + 1))) > 0
    return np.asarray(_as_image(np.where(near, ink * (255 / level), 0)))


def _paper(grey: Floats) -> Floats:
    """The brightness of the empty paper as a plane ``(H, W)`` through the medians of the four sides of the picture."""
    top, bottom, left, right = (float(np.median(side)) for side in (grey[0], grey[-1], grey[:, 0], grey[:, -1]))
    down, across = (np.linspace(-0.5, 0.5, length, dtype=np.float32) for length in grey.shape)
    return (top + bottom + left + right) / 4 + (bottom - top) * down[:, None] + (right - left) * across[None, :]


def _otsu_threshold(image: Image.Image) -> int:
    """The grey value that parts the picture into the two most distinct groups, ``<=`` and ``>`` (Otsu, 1979)."""
    counts = np.array(image.histogram(), np.float64)
    below = counts.cumsum()
    sums = (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    apart = sums[-1] * below - sums * below[-1]
    return int(np.argmax(apart**2 / np.maximum(below * above, 1)))


def _as_image(values: Floats) -> Image.Image:
    return Image.fromarray(np.rint(values.clip(0, 255)).astype(np.uint8))
