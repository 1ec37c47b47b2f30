"""Training pictures varied at random, each on its own, on the device where they are.

torchvision's transforms draw once for a whole batch, and kornia's for each picture in a row, both from the one generator of
the process: what a picture gets would depend on its batch. Called picture by picture, torchvision's took ten times as long
for flips and crops and thirty for turning. So the numbers are drawn here (``draws``), and the work is done for a batch at once
(``transforms``).
"""

from __future__ import annotations

import math
from enum import IntEnum, auto

import torch
from torch import Tensor

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.project.project import Project
from cnnlab.engine.data import draws, transforms
from cnnlab.engine.data.preparation import fitted, input_shape

ERASED_AREA = (0.02, 1 / 3)
ERASED_PROPORTION = 0.3
"""An erased rectangle takes 2 % to a third of the picture, and is at most 1 / 0.3 times as high as wide, or as wide as
high. Source: Zhong and others, "Random erasing data augmentation", 2017, section 4."""


class _Draw(IntEnum):
    """Which of a picture's numbers decides what. None serves twice, so that one setting leaves the others alone."""

    FLIP_HORIZONTAL = 0
    FLIP_VERTICAL = auto()
    ROTATION = auto()
    RIGHT = auto()
    DOWN = auto()
    SCALE = auto()
    CROP_TOP = auto()
    CROP_LEFT = auto()
    BRIGHTNESS = auto()
    CONTRAST = auto()
    SATURATION = auto()
    ERASING = auto()
    ERASED_AREA = auto()
    ERASED_PROPORTION = auto()
    ERASED_TOP = auto()
    ERASED_LEFT = auto()


_SHIFT = 32
_NOISE = 64
"""The first of the numbers for AlexNet's shift and for the noise, which takes one for four values."""


def augmented(
    pixels: Tensor,
    augmentation: Augmentation,
    preprocessing: Preprocessing,
    keys: Tensor,
    directions: Tensor | None = None,
) -> Tensor:
    """Pictures of the network's size, 0…255 ``(N, C, H, W)``, each varied by its key (``draws.keys``, int64 ``(N,)`` on the
    CPU): the same type or float32, and still 0…255.

    ``directions`` float32 ``(3, 3)`` (``transforms.directions``) are those of AlexNet's shift, which is left out without. A
    picture's result does not depend on the others beside it, not even in its last bit."""
    if not augmentation or not len(pixels):
        return pixels
    drawn = draws.uniform(keys, len(_Draw))
    pixels = _moved(pixels, augmentation, drawn)
    pixels = _coloured(pixels, augmentation, drawn.to(pixels.device, non_blocking=True))
    if augmentation.rgb_shift and directions is not None and pixels.shape[1] == 3:
        amounts = draws.normal(keys, _SHIFT, 3).to(pixels.device) * augmentation.rgb_shift
        first, second, third = (amounts[:, each : each + 1] * directions[each] for each in range(3))
        pixels = transforms.shift(pixels, first + second + third)
    if augmentation.noise:
        noise = draws.normal(keys.to(pixels.device), _NOISE, pixels[0].numel()).view(pixels.shape)
        pixels = noise.mul_(augmentation.noise * transforms.WHITE).add_(pixels).clamp_(0, transforms.WHITE)
    if augmentation.erasing:
        boxes = _boxes(drawn, augmentation.erasing, pixels.shape[2], pixels.shape[3])
        # What the network reads as 0, as in torchvision's recipes.
        fill = torch.tensor(preprocessing.mean, dtype=torch.float32).view(-1, 1, 1) * transforms.WHITE
        pixels = transforms.erase(pixels, boxes.to(pixels.device), fill.to(pixels.device))
    return pixels


def preview(picture: Tensor, project: Project, count: int, seed: int) -> Tensor:
    """What ``count`` epochs of a run with ``seed`` could make of a training picture: uint8 ``(C, H, W)`` to uint8
    ``(count, *input shape)``, before normalisation.

    AlexNet's shift goes along the picture's own colours here, for want of the others.
    Raises ``PreparationError`` where the picture cannot be brought to the Input."""
    pixels = fitted(picture[None], project.preprocessing, input_shape(project.graph))
    keys = torch.cat([draws.keys(seed, epoch, torch.zeros(1, dtype=torch.int64)) for epoch in range(count)])
    directions = transforms.directions([picture[None]]) if len(picture) == 3 else None
    many = pixels.expand(count, -1, -1, -1).contiguous()
    result = augmented(many, project.augmentation, project.preprocessing, keys, directions)
    return result.round().to(torch.uint8)


def _moved(pixels: Tensor, augmentation: Augmentation, drawn: Tensor) -> Tensor:
    """Turned, moved, scaled, cropped and mirrored; ``drawn`` lies on the CPU."""
    device = pixels.device
    if augmentation.rotation or augmentation.translation or augmentation.scale:
        pixels = transforms.affine(pixels, _inverses(drawn, augmentation, *pixels.shape[2:]).to(device))
    if augmentation.crop_padding:
        maximum = 2 * augmentation.crop_padding
        corners = (drawn[:, [_Draw.CROP_TOP, _Draw.CROP_LEFT]] * (maximum + 1)).to(torch.int64).clamp_(max=maximum)
        pixels = transforms.crop(pixels, augmentation.crop_padding, *corners.to(device).unbind(1))
    for share, draw, axis in (
        (augmentation.flip_horizontal, _Draw.FLIP_HORIZONTAL, 3),
        (augmentation.flip_vertical, _Draw.FLIP_VERTICAL, 2),
    ):
        if share:
            pixels = transforms.flip(pixels, (drawn[:, draw] < share).to(device), axis)
    return pixels


def _coloured(pixels: Tensor, augmentation: Augmentation, drawn: Tensor) -> Tensor:
    for maximum, draw, change in (
        (augmentation.brightness, _Draw.BRIGHTNESS, transforms.brightness),
        (augmentation.contrast, _Draw.CONTRAST, transforms.contrast),
        (augmentation.saturation, _Draw.SATURATION, transforms.saturation),
    ):
        if maximum:
            pixels = change(pixels, _around(drawn[:, draw], maximum) + 1)
    return pixels


def _around(drawn: Tensor, maximum: float) -> Tensor:
    """Numbers from [0, 1) brought to [−maximum, maximum)."""
    return (drawn * 2 - 1) * maximum


def _inverses(drawn: Tensor, augmentation: Augmentation, height: int, width: int) -> Tensor:
    """What ``transforms.affine`` does to each picture: float32 ``(N, 6)``."""
    inverses = []
    for row in drawn[:, _Draw.ROTATION : _Draw.SCALE + 1].tolist():  # few numbers, and math rounds each in one way
        turn, right, down, grow = (2 * number - 1 for number in row)
        angle = math.radians(turn * augmentation.rotation)
        scale = 1 + grow * augmentation.scale
        right, down = right * augmentation.translation * width, down * augmentation.translation * height
        along, across = math.cos(angle) / scale, math.sin(angle) / scale
        inverses.append((along, across, -along * right - across * down, -across, along, across * right - along * down))
    return torch.tensor(inverses, dtype=torch.float32)


def _boxes(drawn: Tensor, share: float, height: int, width: int) -> Tensor:
    """The rectangles that are erased, for ``transforms.erase``: int64 ``(N, 4)``."""
    minimum, maximum = ERASED_AREA
    boxes = []
    for chosen, size, proportion, down, right in drawn[:, _Draw.ERASING : _Draw.ERASED_LEFT + 1].tolist():
        area = (minimum + (maximum - minimum) * size) * height * width
        side = ERASED_PROPORTION ** (2 * proportion - 1)  # as likely twice as high as wide as the other way round
        rows = min(max(round(math.sqrt(area * side)), 1), height) if chosen < share else 0
        columns = min(max(round(math.sqrt(area / side)), 1), width)
        boxes.append((int(down * (height - rows + 1)), int(right * (width - columns + 1)), rows, columns))
    return torch.tensor(boxes, dtype=torch.int64)
