"""MNIST, which comes with the app."""

from __future__ import annotations

from functools import lru_cache

import torch

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import message as _
from cnnlab.engine.data import idx
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.data.splits import stratified_split
from cnnlab.engine.system.resources import resource


def mnist(validation: int = 5000, seed: int = 0) -> Dataset:
    """MNIST: 10,000 test pictures ``(1, 28, 28)``, and 60,000 of which ``validation`` are held out of training.

    A second call with the same arguments is free. Raises ``DataError`` when the bundled files are missing or damaged.
    """
    return _mnist(validation, seed)


@lru_cache(maxsize=1)  # 55 MB each: only the split in use is kept
def _mnist(validation: int, seed: int) -> Dataset:
    images, labels = training_pictures()
    train, held_out = stratified_split(labels, validation, seed)
    return Dataset(
        "mnist",
        Target.CLASSES,
        SOURCES["mnist"].classes,
        PictureSet(images[train], labels[train]),
        PictureSet(images[held_out], labels[held_out]),
        PictureSet(*test_pictures()),
    )


def training_pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """The 60,000 pictures uint8 ``(N, 1, 28, 28)`` and their digits int64 ``(N,)``, in the authors' order."""
    return _read("train", 60_000)


def test_pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """The 10,000 pictures uint8 ``(N, 1, 28, 28)`` and their digits int64 ``(N,)``, in the authors' order."""
    return _read("t10k", 10_000)


def _read(split: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    images = _file(f"{split}-images-idx3-ubyte.gz", count, (28, 28))
    labels = _file(f"{split}-labels-idx1-ubyte.gz", count)
    return images.unsqueeze(1), labels.to(torch.int64)


def _file(name: str, count: int, item: tuple[int, ...] = ()) -> torch.Tensor:
    path = resource("mnist", name)
    try:
        return idx.read(path, item, count)
    except OSError as error:
        raise DataError(
            _(
                "The MNIST file {path} cannot be read: {reason}. Nothing was changed. Install cnnlab again.",
                path=str(path),
                reason=error.strerror or str(error),
            )
        ) from error
    except idx.Damaged as error:
        raise DataError(
            _("The MNIST file {path} is damaged. Nothing was changed. Install cnnlab again.", path=str(path))
        ) from error
