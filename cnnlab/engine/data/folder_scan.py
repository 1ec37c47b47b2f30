"""What lies in a folder of pictures: its classes, and the files of each, without opening any."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnlab.core.messages import message as _
from cnnlab.engine.data.errors import DataError

SUFFIXES = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))
TRAIN, TEST, VALIDATION = "train", "test", "val"

Labelled = tuple[tuple[str, int], ...]
"""Files with the index of their class, in the order of class and name."""


@dataclass(frozen=True)
class Scan:
    """A folder of pictures. A split that has no folder of its own is None."""

    classes: tuple[str, ...]
    train: Labelled
    validation: Labelled | None
    test: Labelled | None


def scan(folder: Path, classes: tuple[str, ...] = ()) -> Scan:
    """The pictures in ``folder``: in ``train`` and, if they are there, ``val`` and ``test``, one folder for each class in each
    of them; or, if there is no ``train``, one folder for each class. Without ``test``, ``val`` is the test split.

    ``classes`` are the names that are asked for, in their order; without any, those of the training pictures in natural order
    (2 before 10), where a folder without pictures is no class. Hidden folders and ``__MACOSX`` and the like do not count, links
    to folders are not followed. Raises ``DataError`` for a class without training pictures, and for what is no such folder."""
    names, train = classes or found(folder), folder / TRAIN
    if not _has_folders(train):
        return Scan(names, _learnable(folder, names, _split(folder, names)), None, None)
    validation, test = (
        _split(folder / split, names) if (folder / split).is_dir() else None for split in (VALIDATION, TEST)
    )
    if test is None:
        validation, test = None, validation
    return Scan(names, _learnable(train, names, _split(train, names)), validation, test)


def found(folder: Path) -> tuple[str, ...]:
    """The classes of the pictures in ``folder``, in natural order. Raises ``DataError`` if there are not at least two."""
    place = folder / TRAIN if _has_folders(folder / TRAIN) else folder
    names = sorted((name for name in folders(place) if next(_pictures(place / name), None)), key=natural)
    if not names:
        raise DataError(
            _(
                "There is no folder with pictures in “{folder}”, and each class needs one. Put the pictures of each class into a "
                "folder of its own, or choose another folder.",
                folder=place,
            )
        )
    if len(names) == 1:
        raise DataError(
            _(
                "“{folder}” holds only one folder with pictures, and telling classes apart needs at least two. Put the pictures "
                "of each class into a folder of its own, or choose another folder.",
                folder=place,
            )
        )
    return tuple(names)


def natural(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Sorts ``2`` before ``10``, and small letters with capitals."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts if part], name


def stamp(folder: Path) -> tuple[int, ...]:
    """Times in nanoseconds that change when a file or folder of a class comes or goes, as far as two levels down."""
    places = [folder, *(folder / name for name in folders(folder))]
    places += [place / name for place in places[1:] for name in folders(place)]
    return tuple(place.stat().st_mtime_ns for place in places if place.exists())


def written(folder: Path) -> tuple[int, int, int]:
    """Changes when one of the pictures that ``scan`` finds is written anew, in its place: how many there are, their bytes, and
    the sum of the times at which they were written. Asking for 60,000 takes a third of a second."""
    return stamp_of(path for split in splits(folder) for name in folders(split) for path in _pictures(split / name))


def splits(folder: Path) -> tuple[Path, ...]:
    """Where the folders of the classes are: ``train``, ``val`` and ``test``, whether they are there or not, or ``folder``."""
    return tuple(folder / split for split in (TRAIN, VALIDATION, TEST)) if _has_folders(folder / TRAIN) else (folder,)


def stamp_of(paths: Iterable[str | Path]) -> tuple[int, int, int]:
    """How many files ``paths`` are, their bytes, and the sum of the times in nanoseconds at which they were written. Raises
    ``OSError``."""
    stats = [os.stat(path) for path in paths]
    return len(stats), sum(each.st_size for each in stats), sum(each.st_mtime_ns for each in stats)


def _split(place: Path, classes: tuple[str, ...]) -> Labelled:
    """The pictures in ``place``; raises ``DataError`` unless it has a folder for each class, and no other with pictures."""
    labelled: list[tuple[str, int]] = []
    for label, name in enumerate(classes):
        try:
            labelled += [(path, label) for path in sorted(_pictures(place / name))]
        except OSError as error:
            raise DataError(
                _(
                    "The folder “{place}” is needed, and it cannot be read ({reason}). Nothing was started. Choose a folder that "
                    "holds “train” and “test”, each with one folder of pictures for each class.",
                    place=place / name,
                    reason=error.strerror or str(error),
                )
            ) from error
    if not labelled:
        raise DataError(_("There are no pictures in “{place}”. Nothing was started.", place=place))
    return tuple(labelled)


def _learnable(place: Path, classes: tuple[str, ...], labelled: Labelled) -> Labelled:
    known = {label for _path, label in labelled}
    for label, name in enumerate(classes):
        if label not in known:
            raise DataError(
                _(
                    "There are no pictures in “{place}”, so the network could not learn this class. Nothing was "
                    "started. Add some, or choose another folder.",
                    place=place / name,
                )
            )
    return labelled


def _has_folders(place: Path) -> bool:
    return next(folders(place), None) is not None


def files(place: Path, deep: bool = True) -> Iterator[str]:
    """The paths of the files in ``place``, and with ``deep`` in the folders in it; none of a place that cannot be read."""
    for folder, inner, names in os.walk(place):
        yield from (os.path.join(folder, name) for name in names if name[0] != ".")
        inner[:] = [name for name in inner if deep and name[0] != "." and not name.startswith("__")]


def folders(place: Path) -> Iterator[str]:
    """The names of the folders in ``place`` that may be classes; none if it cannot be read."""
    try:
        entries = list(os.scandir(place))
    except OSError:
        return
    for entry in entries:
        if entry.name[0] != "." and not entry.name.startswith("__") and entry.is_dir(follow_symlinks=False):
            yield entry.name


def _pictures(place: Path) -> Iterator[str]:
    """The paths of the pictures in a class's folder and the folders in it. Raises ``OSError`` if it cannot be read."""
    with os.scandir(place) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name[0] == "." or entry.name.startswith("__"):
                continue
            is_picture = os.path.splitext(entry.name)[1].lower() in SUFFIXES
            if entry.is_dir(follow_symlinks=False) and not is_picture:
                yield from _pictures(Path(entry.path))
            elif is_picture and entry.is_file():
                yield entry.path
