"""Picture files as a data set: decoded into memory where they fit, or each when it is needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.engine.data import pictures
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.folder_scan import Labelled
from cnnlab.engine.data.picture_sets import PictureSet

_NAMED = 3
"""Bad pictures that a sentence names before it counts."""
_TOGETHER = 64


@dataclass(frozen=True, eq=False)
class FolderSet:
    """Pictures on the disk, decoded when they are asked for. It can be pickled, for the workers that read ahead."""

    files: tuple[str, ...]
    labels: torch.Tensor
    """int64 ``(N,)``."""
    shape: tuple[int, int, int]
    """``(C, H, W)`` of every picture."""
    exact: bool = False
    """Whether the files must have that size; if not, they are scaled to it and what stands out is cut off."""

    def __len__(self) -> int:
        return len(self.files)

    def read(self, indices: Sequence[int]) -> torch.Tensor:
        """These pictures, in this order: uint8 ``(n, C, H, W)``. Raises ``DataError`` where one is gone or damaged."""
        images = np.empty((len(indices), *self.shape), dtype=np.uint8)
        for place, index in zip(images, indices, strict=True):
            bad = _decode(self.files[index], place, self.exact)
            if bad is not None:
                raise DataError(bad)
        return torch.from_numpy(images)

    def only(self, indices: torch.Tensor) -> FolderSet:
        """The pictures at ``indices`` int64 ``(n,)``, in that order."""
        files = tuple(self.files[index] for index in indices.tolist())
        return FolderSet(files, self.labels[indices], self.shape, self.exact)

    def described(self) -> tuple[str, ...]:
        """Folder, name and length of each file. Raises ``OSError`` where one is gone."""
        paths = map(Path, self.files)
        return tuple(f"{path.parent.name}/{path.name} {path.stat().st_size}" for path in paths)

    @property
    def bytes(self) -> int:
        """Bytes that the pictures take in memory."""
        return len(self) * int(np.prod(self.shape))


def decoded(parts: Sequence[FolderSet]) -> list[PictureSet]:
    """The pictures of ``parts``, decoded into memory. Raises ``DataError`` that names the first files which hold no such picture,
    and counts them all."""
    held = [np.empty((len(part), *part.shape), dtype=np.uint8) for part in parts]
    work = [
        (part, images, start)
        for part, images in zip(parts, held, strict=True)
        for start in range(0, len(part), _TOGETHER)
    ]

    def fill(some: tuple[FolderSet, NDArray[np.uint8], int]) -> list[tuple[str, Message]]:
        part, images, start = some
        places = range(start, min(start + _TOGETHER, len(part)))
        return [(part.files[at], why) for at in places if (why := _decode(part.files[at], images[at], part.exact))]

    # Decoding lets go of the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        bad = [each for some in threads.map(fill, work) for each in some]
    if bad:
        raise _refusal([why for _path, why in sorted(bad, key=lambda each: each[0])])
    return [
        PictureSet(torch.from_numpy(images), part.labels, part.described())
        for part, images in zip(parts, held, strict=True)
    ]


def folder_set(labelled: Labelled, shape: tuple[int, int, int], exact: bool) -> FolderSet:
    """The files of a split, whose pictures are brought to ``shape``."""
    labels = torch.tensor([label for _path, label in labelled], dtype=torch.int64)
    return FolderSet(tuple(path for path, _label in labelled), labels, shape, exact)


def _decode(name: str, place: NDArray[np.uint8], exact: bool) -> Message | None:
    """Put the picture of a file into ``place`` ``(C, H, W)``; why it could not be, if so."""
    path = Path(name)
    try:
        opened = pictures.open_picture(path)
    except pictures.PictureError as error:
        return _("{reason} It is in “{folder}”.", reason=error.message, folder=path.parent)
    if not exact:
        place[:] = pictures.fit_picture(opened, place.shape)[0].numpy()
        return None
    array = opened[None] if opened.ndim == 2 else np.moveaxis(opened, -1, 0)
    if array.shape[1:] != place.shape[1:] or array.shape[0] not in (1, place.shape[0]):
        return _(
            "“{path}” is {size} pixels, and every picture of this set is {wanted}.",
            path=path, size=show(array.shape), wanted=show(place.shape),
        )  # fmt: skip
    place[:] = array
    return None


def _refusal(bad: list[Message]) -> DataError:
    text = " ".join(map(str, bad[:_NAMED]))
    if len(bad) > _NAMED:
        return DataError(
            _(
                "{count} files hold no picture that can be used. {first} Nothing was started. Fix or remove them.",
                count=whole(len(bad)),
                first=text,
            )
        )
    return DataError(_("{text} Nothing was started. Fix or remove what is named, then start again.", text=text))
