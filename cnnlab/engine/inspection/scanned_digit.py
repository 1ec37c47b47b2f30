"""A picture of a digit on paper, or on a screen, as ink on an empty background: what a drawing on the pad would be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

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
