"""A few pictures that are shown to every snapshot of a run, so that their maps and answers can be compared over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.core.data.sources import Target
from cnnlab.core.messages import message as _
from cnnlab.engine.archive import messages, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.data.picture_sets import Dataset, Pictures
from cnnlab.engine.runs import checksummed
from cnnlab.engine.runs import folder as layout

MAX = 64
PER_CLASS = 4
MAX_BYTES = 16 * 2**20


def chosen(pictures: Pictures, target: Target) -> tuple[int, ...]:
    """Indices of the probe pictures: the first few of each class, or where the target is a number, pictures at even distances of
    it; always the same for the same set. At most ``MAX`` and ``MAX_BYTES``, and each class has one before any has two."""
    channels, height, width = pictures.shape if len(pictures) else (1, 1, 1)
    count = min(MAX, MAX_BYTES // (channels * height * width), len(pictures))
    labels = pictures.labels.numpy()
    if target is Target.NUMBER:
        places = np.linspace(0, max(len(labels) - 1, 0), count).round().astype(np.int64)
        return tuple(int(index) for index in np.argsort(labels, kind="stable")[places])
    by_class = [np.flatnonzero(labels == label)[:PER_CLASS] for label in np.unique(labels)]
    turns = [indices[turn] for turn in range(PER_CLASS) for indices in by_class if turn < len(indices)]
    return tuple(int(index) for index in turns[:count])


def save(folder: Path, dataset: Dataset, disk: Disk = DISK) -> None:
    """Put the probe pictures into the run ``folder``: of the test split, or of validation or training where that is empty.
    Raises ``ProjectError``, and ``DataError`` where a picture is gone."""
    pictures: Pictures = next(
        (part for part in (dataset.test, dataset.validation, dataset.train) if len(part)), dataset.test
    )
    indices: Sequence[int] = chosen(pictures, dataset.target)
    arrays = {"images": pictures.read(indices).numpy(), "labels": pictures.labels[list(indices)].numpy()}
    document = {"classes": list(dataset.classes), "target": str(dataset.target), "indices": list(indices)}
    write_atomically(folder / layout.PROBES, checksummed.pack(arrays, document), disk=disk)


def read(folder: Path, disk: Disk = DISK) -> tuple[NDArray[np.uint8], NDArray[np.generic]]:
    """The probe pictures of the run in ``folder``, uint8 ``(N, C, H, W)``, and their labels ``(N,)``. Raises ``ProjectError``."""
    path = folder / layout.PROBES
    arrays, _document = checksummed.read(path, disk)
    images, labels = arrays.get("images"), arrays.get("labels")
    if (
        images is None
        or labels is None
        or images.dtype != np.uint8
        or images.ndim != 4
        or labels.shape != images.shape[:1]
    ):
        raise messages.not_opened(
            path, Refused("invalid", _("It does not hold pictures with labels."), where=path.name)
        )
    return images, labels
