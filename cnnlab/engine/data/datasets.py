"""From what a project says of its data to the pictures, split into training, validation and test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from cnnlab.core.data.sources import SOURCES, Source
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.engine.data import derived, folder_scan, image_folder, published_sets, set_folders
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.image_folder import FolderSet
from cnnlab.engine.data.mnist import mnist
from cnnlab.engine.data.picture_sets import Dataset, Pictures, PictureSet
from cnnlab.engine.data.splits import stratified_split
from cnnlab.engine.system import memory

__all__ = [
    "DataError", "Dataset", "FolderSet", "PictureSet", "Pictures", "load", "mnist", "of", "source", "stratified_split",
]  # fmt: skip

_BUNDLED: dict[str, Callable[[int, int], Dataset]] = {
    "mnist": mnist,
    "mnist_seven": derived.seven,
    "mnist_angle": derived.angle,
}
_SHARE_OF_MEMORY = 0.5
"""The part of the free memory that pictures from a folder may take."""
_MAX_HELD_OUT = 5
"""At most one picture in so many is held out for validation, and for the test, of a set that is not MNIST."""


def source(name: str) -> Source:
    """What is known of the data set of that name before it is read; raises ``DataError`` if there is none."""
    if name not in SOURCES:
        known = ", ".join(SOURCES)
        raise DataError(_("There is no data set “{name}”. This version knows: {known}.", name=name, known=known))
    return SOURCES[name]


def of(project: Project) -> Dataset:
    """The pictures of a project, as ``load`` gives them."""
    return load(project.data, project.picture_shape)


def load(data: DataSettings, shape: tuple[int, int, int] | None = None, *, as_before: bool = False) -> Dataset:
    """The pictures that ``data`` asks for, from its folder or where they were fetched to. Pictures that may have any size are
    brought to ``shape`` ``(C, H, W)``. A second call for the same ones is free; where a folder's pictures would take more than
    half of the free memory, they stay on the disk (``FolderSet``). Files that were written anew since are read again; with
    ``as_before`` only those that came or went are noticed, which takes no time for a large folder.

    Raises ``DataError`` for an unknown or missing set, for damaged files, and for more pictures to hold out than there
    are."""
    wanted = source(data.source)
    if wanted.bundled:
        return _BUNDLED[data.source](data.validation, data.seed)
    if not wanted.has_pictures:
        raise DataError(
            _(
                "cnnlab has no pictures for this network ({title}), so it cannot be trained here. You can still look "
                "inside it: open a picture file, or import weights.",
                title=wanted.title,
            )
        )
    folder = Path(data.folder).expanduser() if data.folder else set_folders.home(data.source)
    if not data.folder and not set_folders.is_here(data.source):
        raise _missing(data.source)
    stamp = _stamp(data.source, folder, as_before)
    return _from_disk(data, folder, wanted.shape if shape is None or not wanted.any_size else shape, stamp)


def _missing(name: str) -> DataError:
    if SOURCES[name].downloads:
        return DataError(
            _(
                "The pictures of {title} do not come with cnnlab. Download them ({size}; “cnnlab data fetch {name}”), "
                "or choose the folder that holds them (on the command line: --data FOLDER): either the published files, or "
                "“train” and “test”, each with one folder of pictures for each class.",
                title=SOURCES[name].title,
                size=byte_count(SOURCES[name].download_bytes),
                name=name,
            )
        )
    return DataError(
        _(
            "No folder of pictures is chosen. Choose the folder that holds one folder of pictures for each class (on the "
            "command line: --data FOLDER)."
        )
    )


def _stamp(name: str, folder: Path, as_before: bool) -> tuple[int, ...]:
    if not as_before:
        _written.cache_clear()
    try:
        folders = folder_scan.stamp(folder)
        return folders + _written(name, folder, folders)
    except OSError:
        return ()  # reading it says what is wrong


@lru_cache(maxsize=1)
def _written(name: str, folder: Path, _folders: tuple[int, ...]) -> tuple[int, ...]:
    for files in SOURCES[name].files:
        place = files.place(folder)
        if place is not None:
            return folder_scan.stamp_of(place / each for each in files.train + files.test)
    return folder_scan.written(folder)


@lru_cache(maxsize=1)
def _from_disk(data: DataSettings, folder: Path, shape: tuple[int, int, int], _stamp: tuple[int, ...]) -> Dataset:
    wanted = SOURCES[data.source]
    splits = published_sets.read(data.source, folder)
    if splits is None:
        return _folder(data, folder, shape)
    (images, labels), test = splits
    train, held_out = stratified_split(labels, min(data.validation, len(labels) // _MAX_HELD_OUT), data.seed)
    return Dataset(
        data.source,
        wanted.target,
        wanted.classes,
        PictureSet(images[train], labels[train]),
        PictureSet(images[held_out], labels[held_out]),
        PictureSet(*test),
    )


def _folder(data: DataSettings, folder: Path, shape: tuple[int, int, int]) -> Dataset:
    wanted = SOURCES[data.source]
    lacking = wanted.lacking(folder)
    if lacking is not None and wanted.any_size:
        raise DataError(
            _(
                "There is no folder “{place}”. Nothing was started. Choose one that holds one folder of pictures for each class.",
                place=lacking,
            )
        )
    if lacking is not None:
        raise DataError(
            _(
                "{title} needs the folder “{place}”, which does not exist. Nothing was started. Choose a folder that "
                "holds “train” and “test”, each with one folder of pictures for each class.",
                title=wanted.title,
                place=lacking,
            )
        )
    found = folder_scan.scan(folder, wanted.classes or data.classes)
    train = image_folder.folder_set(found.train, shape, not wanted.any_size)
    held_out: list[FolderSet] = []
    for labelled, count in ((found.test, data.test), (found.validation, data.validation)):
        if labelled is not None:
            held_out.append(image_folder.folder_set(labelled, shape, not wanted.any_size))
            continue
        kept, aside = stratified_split(train.labels, min(count, len(train) // _MAX_HELD_OUT), data.seed)
        held_out.append(train.only(aside))
        train = train.only(kept)
    test, validation = held_out
    files = (train, validation, test)
    fits = sum(part.bytes for part in files) <= _SHARE_OF_MEMORY * memory.free_bytes()
    parts: Sequence[Pictures] = image_folder.decoded(files) if fits else files
    return Dataset(data.source, wanted.target, found.classes, *parts)
