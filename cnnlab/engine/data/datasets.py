"""Data sets as tensors in memory, split into training, validation and test pictures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cnnlab.core.messages import message as _
from cnnlab.core.project import DataSettings
from cnnlab.core.sources import SOURCES, Source
from cnnlab.engine.data import derived, image_folder
from cnnlab.engine.data.data_error import DataError
from cnnlab.engine.data.mnist import mnist
from cnnlab.engine.data.picture_sets import Dataset, Pictures, PictureSet
from cnnlab.engine.data.splits import stratified_split

__all__ = ["DataError", "Dataset", "PictureSet", "Pictures", "load", "mnist", "source", "stratified_split"]

_BUNDLED = {"mnist": mnist, "mnist_seven": derived.seven, "mnist_angle": derived.angle}


def source(name: str) -> Source:
    """What is known of the data set of that name before it is read; raises ``DataError`` if there is none."""
    if name not in SOURCES:
        known = ", ".join(SOURCES)
        raise DataError(_("There is no data set “{name}”. This version knows: {known}.", name=name, known=known))
    return SOURCES[name]


def load(data: DataSettings) -> Dataset:
    """The pictures that ``data`` asks for. A second call for the same ones is free.

    Raises ``DataError`` for an unknown or missing set, for damaged files, and for more pictures to hold out than there
    are."""
    wanted = source(data.source)
    if wanted.bundled:
        return _BUNDLED[data.source](data.validation, data.seed)
    if not wanted.has_pictures:
        raise DataError(
            _(
                "cnnlab has no pictures for this network ({title}), so it cannot be trained here. It can be looked into: "
                "open a picture file, or import weights.",
                title=wanted.title,
            )
        )
    if not data.folder:
        raise DataError(
            _(
                "The pictures of {title} do not come with cnnlab. Choose the folder that holds them: “train” and “test” in "
                "it, each with one folder of pictures for each class.",
                title=wanted.title,
            )
        )
    return _folder(data)


@lru_cache(maxsize=1)
def _folder(data: DataSettings) -> Dataset:
    wanted = SOURCES[data.source]
    folder = Path(data.folder).expanduser()
    images, labels = image_folder.read(folder, "train", wanted)
    train, held_out = stratified_split(labels, min(data.validation, len(labels) // 5), data.seed)
    return Dataset(
        data.source,
        wanted.target,
        wanted.classes,
        PictureSet(images[train], labels[train]),
        PictureSet(images[held_out], labels[held_out]),
        PictureSet(*image_folder.read(folder, "test", wanted)),
    )
