"""Pictures mirrored, moved, turned and blotted out, each of a batch by numbers of its own.

``pixels`` are ``(N, C, H, W)`` of any type; the other tensors have one entry for each picture and lie on the same device.
What comes in from outside a picture is 0, black.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def flip(pixels: Tensor, chosen: Tensor, axis: int) -> Tensor:
    """Those ``chosen`` (bool ``(N,)``) mirrored along ``axis`` (3: left–right, 2: top–bottom)."""
    count = len(pixels)
    # Whole pictures are copied, from the one half or the other: twice as fast as choosing for each pixel.
    return torch.cat((pixels, pixels.flip(axis))).index_select(
        0, torch.arange(count, device=pixels.device) + count * chosen
    )


def crop(pixels: Tensor, padding: int, tops: Tensor, lefts: Tensor) -> Tensor:
    """Padded by ``padding`` on all sides, and the old size cut out from row ``tops`` and column ``lefts`` on (int64
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
    """With a rectangle of each picture in one colour: ``boxes`` is int64 ``(N, 4)`` with top, left, height and width (0:
    nothing), ``fill`` float32 ``(C or 1, 1, 1)``."""
    tops, lefts, heights, widths = boxes.view(-1, 4, 1).unbind(1)
    rows = torch.arange(pixels.shape[2], device=pixels.device) - tops
    columns = torch.arange(pixels.shape[3], device=pixels.device) - lefts
    down = (rows >= 0) & (rows < heights)
    across = (columns >= 0) & (columns < widths)
    return torch.where((down[:, :, None] & across[:, None, :])[:, None], fill, pixels)


def _from_middle(length: int, device: torch.device) -> Tensor:
    """Where the pixels of a line lie: float32 ``(length,)``, 0 in the middle."""
    return torch.arange(length, dtype=torch.float32, device=device) - (length - 1) / 2
