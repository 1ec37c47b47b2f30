"""How a drawing becomes a picture like those of MNIST, step by step, as MNIST itself was made.

The makers scaled each digit to fit 20 × 20 pixels with its proportions kept, the grey levels being what anti-aliasing
left, and moved it so that its centre of mass lies in the centre of a picture of 28 × 28
(<http://yann.lecun.com/exdb/mnist/>).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]

SIDE = 28
"""Height and width of the finished picture."""
BOX = 20
"""The longer side of the ink in it."""
CENTRE = 14
"""The row and column where the centre of mass goes. Not 13.5: with 14 all 10,000 test pictures stay where they are."""
FAINT = 16
"""Below this, a pixel is no ink that the crop must reach: soft edges and what an eraser leaves would shrink the digit."""
_INK = [255 if value >= FAINT else 0 for value in range(256)]


@dataclass(frozen=True, eq=False)
class DrawingSteps:
    """A drawing after each step of its preparation, for people to see; all uint8, ink 255 on 0. ``centred`` is what the
    network gets."""

    crop: Grey
    """The drawing cut to its ink ``(h, w)``; the whole raster when there is none."""
    fitted: Grey
    """The crop scaled to fit ``(20, 20)``; its longer side is 20."""
    centred: Grey
    """``fitted`` in a picture of ``(28, 28)``, its centre of mass in the middle."""
    empty: bool
    """Nothing was drawn: ``centred`` is blank."""


def prepare_drawing(raster: Grey) -> DrawingSteps:
    """From a drawing uint8 ``(H, W)`` of any size, ink 255 on 0, to a picture like MNIST's."""
    picture = Image.fromarray(raster)
    ink = picture.point(_INK).getbbox()
    left, top, right, bottom = ink or (0, 0, *picture.size)
    crop = raster[top:bottom, left:right]
    # BOX averages each pixel's own area: a test picture enlarged without smoothing comes back bit by bit.
    fitted = np.asarray(picture.resize(_fitting(*crop.shape), Image.Resampling.BOX, (left, top, right, bottom)))
    if ink is None or not fitted.any():  # blank, or specks too small for the small picture
        return DrawingSteps(crop, fitted, np.zeros((SIDE, SIDE), np.uint8), empty=True)
    return DrawingSteps(crop, fitted, _centred(fitted), empty=False)


def _fitting(height: int, width: int) -> tuple[int, int]:
    """Width and height (Pillow's order) in the same proportions, the longer 20 and neither below 1."""
    scale = BOX / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _centred(fitted: Grey) -> Grey:
    """A picture ``(28, 28)`` with ``fitted`` ``(h, w)`` in it, moved by whole pixels and not over the edge."""
    height, width = fitted.shape
    mass = int(fitted.sum())
    top = round(CENTRE - int(fitted.sum(1) @ np.arange(height)) / mass)
    left = round(CENTRE - int(fitted.sum(0) @ np.arange(width)) / mass)
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[top : top + height, left : left + width] = fitted
    return picture
