"""What a person should know of a folder of pictures beside what is learned from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.engine.data import folder_scan, pictures

_NAMED = 3
"""Folders that a sentence names before it counts."""
_SAMPLES = 8


def notes(folder: Path, classes: tuple[str, ...], channels: int) -> list[Message]:
    """What of ``folder`` is left out where ``classes`` are learned from it, and that its colours are where the network reads
    pictures of one of the ``channels``. Raises ``DataError`` as ``folder_scan.scan`` does."""
    found = [_left_out(folder, classes)]
    if channels == 1:
        files = [path for path, _label in folder_scan.scan(folder, classes).train]
        some = files[:: max(len(files) // _SAMPLES, 1)][:_SAMPLES]
        if any(map(_is_coloured, some)):
            found.append(
                _(
                    "There are colour pictures in “{folder}”, but the network reads pictures in grey. Set the Input to "
                    "3 channels to use their colours.",
                    folder=folder,
                )
            )
    return [each for each in found if each]


def _left_out(folder: Path, classes: tuple[str, ...]) -> Message | None:
    splits = folder_scan.splits(folder)
    others = sorted({name for split in splits for name in folder_scan.folders(split)} - set(classes))
    ignored = sum(1 for split in splits for _file in _ignored_files(split, classes))
    names = ", ".join(others[:_NAMED]) + (" …" if len(others) > _NAMED else "")
    if others and ignored:
        return _(
            "Ignored in “{folder}”: folders that are not a class or have no pictures: {count} ({names}); files that "
            "are not a picture of a class: {files}.",
            folder=folder, count=whole(len(others)), names=names, files=whole(ignored),
        )  # fmt: skip
    if others:
        return _(
            "Ignored in “{folder}”: folders that are not a class or have no pictures: {count} ({names}).",
            folder=folder, count=whole(len(others)), names=names,
        )  # fmt: skip
    if ignored:
        return _(
            "Ignored in “{folder}”: files that are not a picture of a class: {files}.",
            folder=folder,
            files=whole(ignored),
        )
    return None


def _ignored_files(split: Path, classes: tuple[str, ...]) -> Iterator[str]:
    """The files in ``split`` that lie in the folder of no class, or are none that ``folder_scan`` takes for a picture."""
    yield from (path for path in folder_scan.files(split, deep=False))
    for name in classes:
        for path in folder_scan.files(split / name):
            if os.path.splitext(path)[1].lower() not in folder_scan.SUFFIXES:
                yield path


def _is_coloured(path: str) -> bool:
    try:
        picture = pictures.open_picture(path)
    except pictures.PictureError:
        return False  # reading the pictures tells it
    return picture.ndim == 3 and bool((picture != picture[..., :1]).any())
