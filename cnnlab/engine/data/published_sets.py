"""Sets in the files in which others publish them, read from a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from cnnlab.core.data.published import ProjectFiles
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message as _
from cnnlab.engine.data import cifar, idx
from cnnlab.engine.data.data_error import DataError
from cnnlab.engine.data.idx import Damaged

Split = tuple[torch.Tensor, torch.Tensor]
"""Pictures uint8 ``(N, C, H, W)`` and labels int64 ``(N,)``."""

_SIDE = 28
"""Of Fashion-MNIST's pictures."""

Content = TypeVar("Content")


def read(name: str, folder: Path) -> tuple[Split, Split] | None:
    """Training and test pictures of the set ``name`` from ``folder``; None if its files are not there.

    Raises ``DataError`` for files that are damaged or cannot be read, and for labels that no class has."""
    for files in SOURCES[name].files:
        place = files.place(folder)
        if place is not None:
            splits = _read(name, files, place, files.train), _read(name, files, place, files.test)
            for names, (_images, labels) in zip((files.train, files.test), splits, strict=True):
                if int(labels.max()) >= len(SOURCES[name].classes) or int(labels.min()) < 0:
                    raise _damaged(place / names[-1])
            return splits
    return None


def _read(name: str, files: ProjectFiles, place: Path, names: tuple[str, ...]) -> Split:
    if files.kind == "idx":
        return _idx(place, *names)
    parts = [_or_refuse(place / each, _reader(name, files.kind)) for each in names]
    return torch.cat([images for images, _labels in parts]), torch.cat([labels for _images, labels in parts])


def _reader(name: str, kind: str) -> Callable[[Path], Split]:
    has_coarse = name == "cifar100"
    if kind == "cifar":
        return lambda path: cifar.read_binary(path, 2 if has_coarse else 1)
    return lambda path: cifar.read_pickle(path, "fine_labels" if has_coarse else "labels")


def _idx(place: Path, images: str, labels: str) -> Split:
    values = _or_refuse(place / labels, idx.read)
    pixels = _or_refuse(place / images, lambda path: idx.read(path, (_SIDE, _SIDE), len(values)))
    return pixels.unsqueeze(1), values.long()


def _or_refuse(path: Path, read: Callable[[Path], Content]) -> Content:
    try:
        return read(path)
    except Damaged as error:
        raise _damaged(path) from error
    except OSError as error:
        raise DataError(
            _(
                "“{path}” cannot be read: {reason}. Nothing was started.",
                path=path,
                reason=error.strerror or str(error),
            )
        ) from error


def _damaged(path: Path) -> DataError:
    return DataError(
        _(
            "“{path}” is damaged or not what its name says. Nothing was started. Fetch the set again, or choose another folder.",
            path=path,
        )
    )
