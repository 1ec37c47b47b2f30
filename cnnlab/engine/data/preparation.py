"""From stored pictures to the network's input: the one function for training, evaluation, pictures and drawings.

Every number that a network ever sees passes through ``prepare``, so a prediction cannot contradict the reported
accuracy because the two were prepared differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _

LUMA = (0.299, 0.587, 0.114)
"""What red, green and blue add to the grey value (ITU-R BT.601, the weights that Pillow uses)."""


class PreparationError(Refusal):
    """Pictures that cannot be brought to the network's input; ``message`` says what does not fit."""


def input_shape(graph: Graph) -> tuple[int, int, int]:
    """``(C, H, W)`` of what the network reads, as its Input node says; the graph must have one."""
    params = graph.of_type("input")[0].params
    return params["channels"], params["height"], params["width"]


def prepare(images: Tensor, preprocessing: Preprocessing, shape: tuple[int, int, int]) -> Tensor:
    """The pictures as the network reads them: uint8 ``(N, C, H, W)`` to float32 ``(N, *shape)``, on the same device.

    ``fitted``, then ``normalised``. ``images`` are not changed.
    Raises ``PreparationError`` where the channels cannot be made to fit."""
    return normalised(fitted(images, preprocessing, shape), preprocessing)


def fitted(images: Tensor, preprocessing: Preprocessing, shape: tuple[int, int, int]) -> Tensor:
    """uint8 ``(N, C, H, W)`` at the network's size and channels: ``(N, *shape)``, still 0…255; uint8 where no number between
    two bytes came about, float32 otherwise. It may share its memory with ``images``.

    Size first (see ``Preprocessing.fit``), then channels (a grey picture is repeated, a coloured one weighed to grey).
    Raises ``PreparationError`` where the channels cannot be made to fit, these or those of ``preprocessing``."""
    channels, height, width = shape
    pixels = images if images.shape[2:] == (height, width) else _FITS[preprocessing.fit](images, height, width)
    pixels = in_channels(pixels, channels)
    _check_means(channels, len(preprocessing.mean))
    return pixels


def in_channels(pixels: Tensor, channels: int) -> Tensor:
    """``(N, C, H, W)`` as ``(N, channels, H, W)``: a grey picture is repeated, a coloured one weighed to grey (float32).
    Raises ``PreparationError`` where the channels cannot be made to fit."""
    stored = pixels.shape[1]
    if stored not in (channels, 1) and (stored, channels) != (3, 1):
        raise PreparationError(
            _(
                "The pictures have {stored} channels, and the Input asks for {channels}. Set its channels to {stored}.",
                stored=stored,
                channels=channels,
            )
        )
    if channels == 1 and stored == 3:
        return grey(pixels)
    return pixels.expand(-1, channels, -1, -1)


def grey(pixels: Tensor) -> Tensor:
    """Red, green and blue ``(N, 3, H, W)`` as one grey value: float32 ``(N, 1, H, W)``."""
    # Sums written out: a matrix product may round otherwise in a batch of another size.
    red, green, blue = (pixels[:, channel : channel + 1] * weight for channel, weight in enumerate(LUMA))
    return red.add_(green).add_(blue)


def normalised(pixels: Tensor, preprocessing: Preprocessing) -> Tensor:
    """``(value / 255 − mean) / std`` for each channel: 0…255 ``(N, C, H, W)`` to float32 of the same shape, a copy."""
    scales, offsets = _factors(preprocessing, str(pixels.device))
    # Two passes over the batch: a multiplication, which also turns bytes into floats, and an addition.
    return pixels.mul(scales).add_(offsets)


@lru_cache(maxsize=8)
def _factors(preprocessing: Preprocessing, device: str) -> tuple[Tensor, Tensor]:
    """What to multiply by and to add, ``(C or 1, 1, 1)``; kept, because a GPU would be waited for each time."""
    scale = [1 / (255 * std) for std in preprocessing.std]
    offset = [-mean / std for mean, std in zip(preprocessing.mean, preprocessing.std, strict=True)]
    # Whoever asks first may be in inference mode, whose tensors training could not use.
    with torch.inference_mode(False):
        scales, offsets = torch.tensor([scale, offset], dtype=torch.float32, device=device).view(2, -1, 1, 1)
    return scales, offsets


def _check_means(channels: int, means: int) -> None:
    if means not in (1, channels):
        raise PreparationError(
            _(
                "The preprocessing has {means} means, and the Input has {channels} channels. Give one mean and one "
                "standard deviation for all channels, or one for each.",
                means=means,
                channels=channels,
            )
        )


def _padded(images: Tensor, height: int, width: int) -> Tensor:
    """The picture in the middle of zeros, or the middle of a larger picture; an odd line of zeros goes below or right."""
    rows, columns = height - images.shape[2], width - images.shape[3]
    # A negative margin crops.
    return F.pad(images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


def _resized(images: Tensor, height: int, width: int) -> Tensor:
    """Bilinear between pixel centres, and averaging over all pixels that fall together when it shrinks."""
    return F.interpolate(images.to(torch.float32), (height, width), mode="bilinear", antialias=True)


def _cropped(images: Tensor, height: int, width: int) -> Tensor:
    """Resized so that it just covers the size, its proportions kept, and the middle of that."""
    scale = max(height / images.shape[2], width / images.shape[3])
    rows, columns = max(height, round(images.shape[2] * scale)), max(width, round(images.shape[3] * scale))
    top, left = (rows - height) // 2, (columns - width) // 2
    covering = images if (rows, columns) == images.shape[2:] else _resized(images, rows, columns)
    return covering[:, :, top : top + height, left : left + width]


_FITS: Mapping[str, Callable[[Tensor, int, int], Tensor]] = {"pad": _padded, "resize": _resized, "crop": _cropped}
