"""Pictures mirrored, moved, turned and partly erased, their brightness, contrast and colours changed: each picture of a batch by
numbers of its own.

``pixels`` are ``(N, C, H, W)``; the other tensors have one entry for each picture and lie on the same device. What comes in from
outside a picture is 0, black. Brightness, contrast and colours take pixels in 0…255 of any type and float32 ``(N,)``; their results
are float32, within 0…255, by the formulas of torchvision's ``adjust_…`` functions, which take one factor for a whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.engine.data.preparation import grey


def flip(pixels: Tensor, chosen: Tensor, axis: int) -> Tensor:
    """The pictures, those ``chosen`` (bool ``(N,)``) mirrored along ``axis`` (3: left–right, 2: top–bottom)."""
    count = len(pixels)
    # Whole pictures are copied, from the one half or the other: twice as fast as choosing for each pixel.
    return torch.cat((pixels, pixels.flip(axis))).index_select(
        0, torch.arange(count, device=pixels.device) + count * chosen
    )


def crop(pixels: Tensor, padding: int, tops: Tensor, lefts: Tensor) -> Tensor:
    """The pictures padded by ``padding`` on all sides, and the old size cut out from row ``tops`` and column ``lefts`` on (int64
    ``(N,)``, 0…2·padding)."""
    count, _channels, height, width = pixels.shape
    windows = F.pad(pixels, (padding,) * 4).unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(count, device=pixels.device), :, tops, lefts]


def affine(pixels: Tensor, inverse: Tensor) -> Tensor:
    """float32 pictures in which the place (x, y) shows what was at ``a·x + b·y + c, d·x + e·y + f``, interpolated
    bilinearly. ``inverse`` is float32 ``(N, 6)`` with a…f; x points right, y down, in pixels from the middle."""
    _count, _channels, height, width = pixels.shape
    x, y = _from_middle(width, pixels.device), _from_middle(height, pixels.device)[:, None]
    # grid_sample counts from −1 to 1 across the picture. Sums written out: affine_grid's matrix product took longer, and
    # may round otherwise in a batch of another size.
    size = torch.tensor([2 / width, 2 / height], device=pixels.device)
    along_x, along_y, fixed = (inverse.view(-1, 2, 3) * size[:, None]).view(-1, 2, 3, 1, 1).unbind(2)
    grid = along_x * x + (along_y * y + fixed)
    return F.grid_sample(pixels.to(torch.float32), grid.permute(0, 2, 3, 1), align_corners=False)


def erase(pixels: Tensor, boxes: Tensor, fill: Tensor) -> Tensor:
    """The pictures with a rectangle of each in one colour: ``boxes`` is int64 ``(N, 4)`` with top, left, height and width (0:
    nothing), ``fill`` float32 ``(C or 1, 1, 1)``."""
    tops, lefts, heights, widths = boxes.view(-1, 4, 1).unbind(1)
    rows = torch.arange(pixels.shape[2], device=pixels.device) - tops
    columns = torch.arange(pixels.shape[3], device=pixels.device) - lefts
    down = (rows >= 0) & (rows < heights)
    across = (columns >= 0) & (columns < widths)
    return torch.where((down[:, :, None] & across[:, None, :])[:, None], fill, pixels)


def _from_middle(length: int, device: torch.device) -> Tensor:
    """Coordinates of the pixels of a line: float32 ``(length,)``, 0 in the middle."""
    return torch.arange(length, dtype=torch.float32, device=device) - (length - 1) / 2


WHITE = 255.0
_FINE = 2**10


def brightness(pixels: Tensor, factors: Tensor) -> Tensor:
    """Every value times the picture's factor."""
    return (pixels * factors.view(-1, 1, 1, 1)).clamp_(0, WHITE)


def contrast(pixels: Tensor, factors: Tensor) -> Tensor:
    """Every value so many times as far from the picture's mean grey."""
    light = grey(pixels) if pixels.shape[1] == 3 else pixels.to(torch.float32)
    # In whole numbers, whose sum does not depend on the order: torch adds up otherwise in a batch of another size.
    total = (light * _FINE).to(torch.int64).sum((1, 2, 3))
    means = total.to(torch.float32) / (_FINE * light[0].numel())
    return _blended(pixels, means.view(-1, 1, 1, 1), factors)


def saturation(pixels: Tensor, factors: Tensor) -> Tensor:
    """Every value so many times as far from the pixel's own grey; only pictures of red, green and blue have colours."""
    return _blended(pixels, grey(pixels), factors) if pixels.shape[1] == 3 else pixels


def shift(pixels: Tensor, amounts: Tensor) -> Tensor:
    """The pictures with ``amounts`` float32 ``(N, C)`` added, each to all of a channel."""
    return (pixels + amounts.view(*pixels.shape[:2], 1, 1)).clamp_(0, WHITE)


def directions(batches: Iterable[Tensor]) -> Tensor:
    """How far to move red, green and blue for each of three independent numbers, for ``shift``: float32 ``(3, 3)``, a row
    for each number; from all pixels of uint8 ``(N, 3, H, W)``.

    The rows are the eigenvectors of the covariance of red, green and blue, times its eigenvalues, as Krizhevsky,
    Sutskever and Hinton have it ("ImageNet classification with deep convolutional neural networks", 2012, section 4.1);
    values count as 0…1 in the covariance, as in fb.resnet.torch, and the result is for values of 0…255."""
    count, sums, products = 0, torch.zeros(3, dtype=torch.int64), torch.zeros(3, 3, dtype=torch.int64)
    for images in batches:
        pixels = images.movedim(1, 0).reshape(3, -1).to("cpu", torch.int64)  # whole numbers, which add up exactly
        count += pixels.shape[1]
        sums += pixels.sum(1)
        products += torch.stack([(pixels * channel).sum(1) for channel in pixels])
    mean = sums.to(torch.float64) / max(count, 1)
    covariance = (products.to(torch.float64) / max(count, 1) - mean.outer(mean)) / WHITE**2
    values, vectors = torch.linalg.eigh(covariance)
    # Which way an eigenvector points is left open, and a library's affair: make its sum positive.
    vectors = vectors * torch.where(vectors.sum(0) < 0, -1.0, 1.0)
    return (vectors * values.clamp(min=0) * WHITE).T.to(torch.float32).contiguous()


def _blended(pixels: Tensor, others: Tensor, factors: Tensor) -> Tensor:
    factors = factors.view(-1, 1, 1, 1)
    return (pixels * factors).add_(others * (1 - factors)).clamp_(0, WHITE)
