"""Fashion-MNIST and CIFAR in the files in which their authors publish them, read from a folder."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

from cnnlab.core.data.published import DataFiles
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message as _
from cnnlab.engine.data import idx
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.idx import Damaged

Split = tuple[torch.Tensor, torch.Tensor]
"""Pictures uint8 ``(N, C, H, W)`` and labels int64 ``(N,)``."""

_SIDE = 28
"""Height and width of Fashion-MNIST's pictures."""

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


def _read(name: str, files: DataFiles, place: Path, names: tuple[str, ...]) -> Split:
    if files.kind == "idx":
        return _idx(place, *names)
    parts = [_or_refuse(place / each, _reader(name, files.kind)) for each in names]
    return torch.cat([images for images, _labels in parts]), torch.cat([labels for _images, labels in parts])


def _reader(name: str, kind: str) -> Callable[[Path], Split]:
    has_coarse = name == "cifar100"
    if kind == "cifar":
        return lambda path: read_binary(path, 2 if has_coarse else 1)
    return lambda path: read_pickle(path, "fine_labels" if has_coarse else "labels")


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
            "“{path}” is damaged or not what its name says. Nothing was started. Download the data set again, or "
            "choose another folder.",
            path=path,
        )
    )


PIXELS = 3 * 32 * 32
"""Bytes of one picture: all of red, all of green, all of blue, row by row."""
_MAX_BYTES = 2**28


def read_binary(path: Path, labels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures uint8 ``(N, 3, 32, 32)`` and labels int64 ``(N,)`` of one file. ``labels`` is how many bytes of labels precede
    each picture; the last of them counts (CIFAR-100 has the coarse label first).

    Raises ``Damaged``, or ``OSError`` where the file cannot be read."""
    content = _bytes(path)
    if not content or len(content) % (labels + PIXELS):
        raise Damaged
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, labels + PIXELS)
    return records[:, labels:].reshape(-1, 3, 32, 32), records[:, labels - 1].long()


def read_pickle(path: Path, labels: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures uint8 ``(N, 3, 32, 32)`` and labels int64 ``(N,)`` of one file of the Python version, whose labels lie under
    the key ``labels``.

    Raises ``Damaged``, or ``OSError`` where the file cannot be read."""
    content = _bytes(path)
    try:
        entries = _ClosedUnpickler(_Stream(content), encoding="bytes").load()
        pixels, classes = entries[b"data"].values, entries[labels.encode()]
        if len(pixels) != len(classes) * PIXELS or not set(map(type, classes)) <= {int}:
            raise Damaged
        images = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(-1, 3, 32, 32)
        return images, torch.tensor(classes, dtype=torch.int64)
    except Damaged:
        raise
    except Exception as error:  # what a hostile file makes pickle raise has no end
        raise Damaged from error


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _MAX_BYTES:
        raise Damaged
    return path.read_bytes()


class _Stream:
    """Bytes as the unpickler reads them: never more than there are, whatever length a file claims."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._at = 0

    def read(self, count: int) -> bytes:
        if count > len(self._content) - self._at:
            raise Damaged
        self._at += count
        return bytes(self._content[self._at - count : self._at])

    def readline(self) -> bytes:
        end = bytes(self._content[self._at : self._at + 200]).find(b"\n") + 1
        if not end:
            raise Damaged
        return self.read(end)


class _Kind:
    """Stands for numpy's dtype: only unsigned bytes pass."""

    def __init__(self, name: bytes, *_others: object) -> None:
        if name != b"u1":
            raise Damaged

    def __setstate__(self, state: object) -> None:
        """Byte order and the like, which bytes do not have."""


class _Array:
    """Stands for a numpy array: keeps its bytes."""

    values = b""

    def __init__(self, *_arguments: object) -> None:
        """Empty until its state is set."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, _shape, kind, column_first, values = state
        if type(kind) is not _Kind or column_first or type(values) is not bytes:
            raise Damaged
        self.values = values


_KNOWN: dict[tuple[str, str], type] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
}


class _ClosedUnpickler(pickle._Unpickler):
    """Makes plain values, and our own stand-ins for the three names that CIFAR's files use. There is nothing else that a file
    could name, so there is nothing that it could run. It is the one written in Python, because the one in C makes room for as
    many values as a file claims to refer to."""

    def find_class(self, module: str, name: str) -> type:
        """The stand-in for a name of the closed list. Raises ``Damaged`` for any other."""
        if (module, name) not in _KNOWN:
            raise Damaged
        return _KNOWN[module, name]
