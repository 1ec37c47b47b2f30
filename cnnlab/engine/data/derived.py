"""Sets made from MNIST, for tasks that are not telling ten digits apart: is it a 7, and by how much is it turned?"""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.engine.data import mnist
from cnnlab.engine.data.picture_sets import Dataset, Pictures, PictureSet
from cnnlab.engine.data.splits import stratified_split

MAX_ANGLE = 45
"""Degrees either way. Farther round, a 6 comes near to a 9 and nobody could say how much a 0 was turned."""

_STEPS = 100
"""Angles there are to a degree."""


def seven(validation: int, seed: int) -> Dataset:
    """MNIST with the label 1 where the digit is a 7, else 0; split as MNIST is. A second call with the same arguments is free.

    Raises ``DataError`` as ``mnist.mnist`` does."""
    digits = mnist.mnist(validation, seed)
    parts = (_seven(part) for part in (digits.train, digits.validation, digits.test))
    return Dataset("mnist_seven", Target.BINARY, SOURCES["mnist_seven"].classes, *parts)


def _seven(digits: Pictures) -> PictureSet:
    assert isinstance(digits, PictureSet)
    return PictureSet(digits.images, (digits.labels == 7).long())


@lru_cache(maxsize=1)  # 55 MB
def angle(validation: int, seed: int) -> Dataset:
    """MNIST with every digit turned about the middle of its picture. The label is by how many degrees, counter-clockwise:
    float32, from −45 to 45, all as likely. Angles and split are functions of ``seed`` and of a picture's place in MNIST, and
    the pictures are the same bits on every machine. A second call with the same arguments is free.

    Raises ``DataError`` as ``mnist.mnist`` does."""
    (images, digits), (test_images, _digits) = mnist.training_pictures(), mnist.test_pictures()
    generator = torch.Generator().manual_seed(seed)
    limit = MAX_ANGLE * _STEPS
    steps = torch.randint(-limit, limit + 1, (len(images) + len(test_images),), generator=generator)
    angles, test_angles = (steps / _STEPS).split([len(images), len(test_images)])
    images = turned(images, angles)
    train, held_out = stratified_split(digits, validation, seed)
    return Dataset(
        "mnist_angle",
        Target.NUMBER,
        (),
        PictureSet(images[train], angles[train]),
        PictureSet(images[held_out], angles[held_out]),
        PictureSet(turned(test_images, test_angles), test_angles),
    )


_TOGETHER = 500
"""Pictures that are turned at a time, so that what is in hand stays in the processor's cache."""


def turned(images: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """The ``images`` uint8 ``(N, 1, S, S)``, each turned about its middle by its own of ``angles`` ``(N,)``, in degrees
    counter-clockwise; bilinear, with black around it.

    All in whole numbers, because floats are rounded otherwise on other processors."""
    result = torch.empty_like(images)
    for some, degrees, out in zip(
        images.split(_TOGETHER), angles.split(_TOGETHER), result.split(_TOGETHER), strict=True
    ):
        out.copy_(_turned(some, degrees))
    return result


_ONE = 2**14
"""What stands for 1 in a sine."""


def _turned(images: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    count, _channels, side, _side = images.shape
    radians = [math.radians(each) for each in degrees.tolist()]
    sine = torch.tensor([round(_ONE * math.sin(each)) for each in radians]).view(-1, 1, 1)
    cosine = torch.tensor([round(_ONE * math.cos(each)) for each in radians]).view(-1, 1, 1)
    # From the middle, in half pixels, which are whole numbers for an even side; y points down.
    place = 2 * torch.arange(side) - (side - 1)
    x, y = place.view(1, 1, -1), place.view(1, -1, 1)
    # Where each pixel comes from, in pixels times 2 · _ONE.
    from_x = cosine * x - sine * y + (side - 1) * _ONE
    from_y = sine * x + cosine * y + (side - 1) * _ONE
    margin = math.ceil(side * (math.sqrt(2) - 1) / 2) + 1  # a corner comes from so far outside
    padded = torch.nn.functional.pad(images, (margin, margin, margin, margin))
    width = side + 2 * margin
    first = ((from_y // (2 * _ONE) + margin) * width + from_x // (2 * _ONE) + margin).view(count, -1)
    # Of the pixel to the right or below, in 256ths.
    right = (from_x % (2 * _ONE) // (_ONE // 128)).view(count, -1).to(torch.int32)
    below = (from_y % (2 * _ONE) // (_ONE // 128)).view(count, -1).to(torch.int32)
    pixels = padded.view(count, -1).to(torch.int32)
    above_row = pixels.gather(1, first) * (256 - right) + pixels.gather(1, first + 1) * right
    first += width
    below_row = pixels.gather(1, first) * (256 - right) + pixels.gather(1, first + 1) * right
    values = (above_row * (256 - below) + below_row * below + 2**15) >> 16
    return values.to(torch.uint8).view_as(images)
