"""Picture files: opened with care, because they come from anywhere, and brought to the form of a data set's pictures."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""What is opened, whatever the file is called. A closed list keeps Pillow's rarer decoders away from strange files."""
MAX_PIXELS = 64_000_000
LONGEST_SIDE = 32_768

# Pillow only warns of pictures between one and two times its own limit, which is above ours.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# What Pillow's decoders raise on damaged files.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    NotImplementedError,
    struct.error,
    zlib.error,
)


class PictureError(Refusal):
    """A file that gives no picture; ``message`` says why."""


def open_picture(path: str | Path) -> NDArray[np.uint8]:
    """The picture in a file, upright, as uint8: ``(H, W)`` when it is grey, ``(H, W, 3)`` in red, green, blue otherwise.

    Of several frames or pages it is the first. Transparent parts show white. 16-bit greys are divided by 257; floats and
    32-bit integers reach from 0 to 1, 255 or 65535, the first that holds them all, or else between their own extremes.
    Raises ``PictureError``."""
    name = Path(path).name or str(path)  # "." has no name
    try:
        # Read whole: a decoder that gets a path may keep the file open, or map it into memory.
        with Path(path).open("rb") as file, Image.open(file, formats=FORMATS) as image:
            _check_size(name, *image.size)
            image.load()
            return _as_bytes(ImageOps.exif_transpose(image))
    except PictureError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(name, None) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            _(
                "“{name}” is not a picture that cnnlab can read. It reads {formats}.",
                name=name,
                formats=", ".join(FORMATS),
            )
        ) from error
    except FileNotFoundError as error:
        raise PictureError(_("“{name}” does not exist. Choose another picture.", name=name)) from error
    except IsADirectoryError as error:
        raise PictureError(_("“{name}” is a folder. Choose a picture in it.", name=name)) from error
    except PermissionError as error:
        raise PictureError(
            _("There is no permission to read “{name}”. Change its permissions or copy it.", name=name)
        ) from error
    except _DAMAGED as error:
        raise PictureError(_("The picture “{name}” is damaged or incomplete. Choose another.", name=name)) from error


def fit_picture(picture: NDArray[np.uint8], stored: tuple[int, int, int]) -> torch.Tensor:
    """One more picture for a data set: uint8 ``(H, W)`` or ``(H, W, 3)`` to uint8 ``(1, *stored)``.

    ``stored`` is ``(C, H, W)`` of the data set's own pictures (``Source.shape``), not of the network's Input: what
    follows, padding included, is ``prepare``'s work, as for a test picture. The shorter side is scaled and the middle cut
    out; a picture that has the size already is not resampled, so an MNIST digit passes bit by bit.
    Raises ``ValueError`` unless ``C`` is 1 or 3."""
    channels, height, width = stored
    image = Image.fromarray(picture).convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        scale = max(width / image.width, height / image.height)
        across, down = width / scale, height / scale
        left, top = (image.width - across) / 2, (image.height - down) / 2
        middle = (max(left, 0), max(top, 0), min(left + across, image.width), min(top + down, image.height))
        # Pillow averages over all pixels that fall together when it shrinks.
        image = image.resize((width, height), Image.Resampling.BILINEAR, middle)
    pixels = np.array(image).reshape(height, width, channels)
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous().unsqueeze(0)


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _too_large(name, (width, height))


def _too_large(name: str, size: tuple[int, int] | None) -> PictureError:
    """``size`` is width and height, if Pillow came as far as telling them."""
    limits = {"pixels": MAX_PIXELS // 1_000_000, "side": whole(LONGEST_SIDE)}
    if size is None:
        return PictureError(
            _(
                "The picture “{name}” is too large: at most {pixels} million pixels and {side} on a side are opened. "
                "Make it smaller first.",
                name=name,
                **limits,
            )
        )
    return PictureError(
        _(
            "The picture “{name}” is too large: {width} × {height} pixels, and at most {pixels} million and {side} on a side are "
            "opened. Make it smaller first.",
            name=name,
            width=whole(size[0]),
            height=whole(size[1]),
            **limits,
        )
    )


def _as_bytes(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I;16"):
        return _scaled(np.asarray(image, np.float32), 0, 65535)
    if image.mode in ("F", "I"):
        values = np.asarray(image, np.float32)
        return _scaled(values, *_range(values))
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.array(image.convert("L" if grey else "RGB"))


def _range(values: NDArray[np.float32]) -> tuple[float, float]:
    """What black and white most likely are."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("a pixel is not a number")
    if low >= 0:
        for usual in (1.0, 255.0, 65535.0):
            if high <= usual:
                return 0.0, usual
    return low, high


def _scaled(values: NDArray[np.float32], black: float, white: float) -> NDArray[np.uint8]:
    return np.rint((values - black) * (255 / max(white - black, 1e-30))).astype(np.uint8)
