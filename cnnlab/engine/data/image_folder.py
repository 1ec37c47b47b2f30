"""A data set as a folder of picture files: ``train`` and ``test``, each with one folder for each class."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cnnlab.core.messages import message as _
from cnnlab.core.shapes import show
from cnnlab.core.sources import Source
from cnnlab.engine import pictures
from cnnlab.engine.data.data_error import DataError

SUFFIXES = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))


def read(folder: Path, split: str, source: Source) -> tuple[torch.Tensor, torch.Tensor]:
    """The pictures in ``folder/split`` as uint8 ``(N, C, H, W)``, and their classes as int64 ``(N,)``, in the order of
    class and file name. Every picture must have the size that ``source`` says; hidden files are left out.

    Raises ``DataError`` for a folder or a picture that is missing or does not fit, and in ``train`` for a class without
    pictures."""
    files: list[tuple[Path, int]] = []
    for label, name in enumerate(source.classes):
        place = folder / split / name
        try:
            found = sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES and path.name[0] != ".")
        except OSError as error:
            raise DataError(
                _(
                    "{title} needs the folder “{place}”, and it cannot be read ({reason}). Nothing was started. Choose a "
                    "folder that holds “train” and “test”, each with one folder of pictures for each class.",
                    title=source.title, place=place, reason=error.strerror or str(error),
                )
            ) from error  # fmt: skip
        if split == "train" and not found:
            raise DataError(
                _(
                    "There are no pictures in “{place}”, so the network could not learn what belongs there. Nothing was "
                    "started. Put some into it, or choose another folder.",
                    place=place,
                )
            )
        files += [(path, label) for path in found]
    if not files:
        raise DataError(_("There are no pictures in “{place}”. Nothing was started.", place=folder / split))
    # Decoding lets go of the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        arrays = list(threads.map(lambda file: _picture(file[0], source.shape), files))
    images = torch.from_numpy(np.stack(arrays))
    return images, torch.tensor([label for _path, label in files])


def _picture(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """``(C, H, W)``; raises ``DataError`` unless the file holds exactly that."""
    try:
        opened = pictures.open_picture(path)
    except pictures.PictureError as error:
        raise DataError(
            _("{reason} It lies in “{folder}”. Nothing was started.", reason=error.message, folder=path.parent)
        ) from error
    channels, height, width = shape
    array = opened[None] if opened.ndim == 2 else np.moveaxis(opened, -1, 0)
    if array.shape[1:] != (height, width) or array.shape[0] not in (1, channels):
        raise DataError(
            _(
                "“{path}” is {size} pixels, and every picture of this set is {wanted}. Nothing was started.",
                path=path, size=show(array.shape), wanted=show(shape),
            )
        )  # fmt: skip
    return np.broadcast_to(array, shape)
