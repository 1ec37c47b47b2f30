"""A few letters that tell one data set from another, so that a run can say what it was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import torch

from cnnlab.engine.data.image_folder import FolderSet
from cnnlab.engine.data.picture_sets import Dataset, Pictures, PictureSet


def of(dataset: Dataset) -> str:
    """16 hexadecimal digits over the pictures, their labels and the split: equal for equal sets on any machine, other for
    any other picture, label or order. It reads all pictures (about 0.1 s for MNIST); of those that came from a file each it
    takes the names and lengths of the files, whether they fitted into memory or stay on the disk."""
    hasher = hashlib.blake2b(digest_size=8)
    hasher.update("\0".join((dataset.target, *dataset.classes)).encode(errors="surrogateescape"))
    for part in (dataset.train, dataset.validation, dataset.test):
        hasher.update(f"{len(part)} {part.shape} {part.labels.dtype}".encode())
        hasher.update(_bytes(part.labels))
        for some in _content(part):
            hasher.update(some)
    return hasher.hexdigest()


def _content(pictures: Pictures) -> Iterator[bytes | memoryview]:
    if isinstance(pictures, PictureSet) and not pictures.files:
        yield _bytes(pictures.images)
    elif isinstance(pictures, (PictureSet, FolderSet)):
        files = pictures.files if isinstance(pictures, PictureSet) else pictures.described()
        yield from (f"{file}\n".encode(errors="surrogateescape") for file in files)
    else:
        raise TypeError(f"no fingerprint of a {type(pictures).__name__}")


def _bytes(tensor: torch.Tensor) -> memoryview:
    return tensor.contiguous().view(torch.uint8).numpy().reshape(-1).data
