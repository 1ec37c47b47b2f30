"""From stored pictures to the network's input: the one function for training, evaluation, pictures and drawings.

Every number that a network ever sees passes through ``prepare``, so a prediction cannot contradict the reported
accuracy because the two were prepared differently.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.preprocessing import Preprocessing

LUMA = (0.299, 0.587, 0.114)
"""What red, green and blue add to the grey value (ITU-R BT.601, the weights that Pillow uses)."""


class PreparationError(Refusal):
    """Pictures that cannot be brought to the network's input; ``message`` says what does not fit."""


def prepare(images: torch.Tensor, preprocessing: Preprocessing, shape: tuple[int, int, int]) -> torch.Tensor:
    """The pictures as the network reads them: uint8 ``(N, C, H, W)`` to float32 ``(N, *shape)``, on the same device.

    Size first (padded or resized, see ``Preprocessing.fit``), then channels (a grey picture is repeated, a coloured one
    weighed to grey), then ``(value / 255 − mean) / std`` for each channel. ``images`` are not changed.
    Raises ``PreparationError`` where the channels cannot be made to fit."""
    channels, height, width = shape
    _check_channels(images.shape[1], channels, len(preprocessing.mean))
    pixels = (_resized if preprocessing.fit == "resize" else _padded)(images, height, width)
    if channels == 1 and pixels.shape[1] == 3:
        weights = torch.tensor(LUMA, dtype=torch.float32, device=pixels.device)
        pixels = torch.einsum("nchw,c->nhw", pixels.to(torch.float32), weights).unsqueeze(1)
    elif pixels.shape[1] != channels:
        pixels = pixels.expand(-1, channels, -1, -1)
    # Two passes over the batch: a multiplication, which also turns bytes into floats, and an addition.
    scale = [1 / (255 * std) for std in preprocessing.std]
    offset = [-mean / std for mean, std in zip(preprocessing.mean, preprocessing.std, strict=True)]
    scales, offsets = torch.tensor([scale, offset], dtype=torch.float32, device=pixels.device).view(2, -1, 1, 1)
    return pixels.mul(scales).add_(offsets)


def _check_channels(stored: int, channels: int, means: int) -> None:
    if stored not in (channels, 1) and (stored, channels) != (3, 1):
        raise PreparationError(
            _(
                "The pictures have {stored} channels, and the Input asks for {channels}. Set its channels to {stored}.",
                stored=stored,
                channels=channels,
            )
        )
    if means not in (1, channels):
        raise PreparationError(
            _(
                "The preprocessing has {means} means, and the Input has {channels} channels. Give one mean and one "
                "deviation for all channels, or one for each.",
                means=means,
                channels=channels,
            )
        )


def _padded(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The picture in the middle of zeros, or the middle of a larger picture; an odd line of zeros goes below or right."""
    rows, columns = height - images.shape[2], width - images.shape[3]
    if not rows and not columns:
        return images
    # A negative margin crops.
    return F.pad(images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


def _resized(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Bilinear between pixel centres, and averaging over all pixels that fall together when it shrinks."""
    if images.shape[2:] == (height, width):
        return images
    return F.interpolate(images.to(torch.float32), (height, width), mode="bilinear", antialias=True)
