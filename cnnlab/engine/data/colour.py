"""Brightness, contrast and colours changed, each picture of a batch by a number of its own.

``pixels`` are ``(N, C, H, W)`` in 0…255 of any type, ``factors`` float32 ``(N,)`` on the same device; the results are
float32, within 0…255. The formulas of the first three are those of torchvision's ``adjust_…`` functions, which take one
factor for a whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from cnnlab.engine.data.preparation import grey

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
    """``amounts`` float32 ``(N, C)`` added, each to all of a channel."""
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
