"""A few letters that tell one data set from another, so that a run can say what it was trained on."""

from __future__ import annotations

import hashlib

import torch

from cnnlab.engine.data.picture_sets import Dataset, PictureSet


def of(dataset: Dataset) -> str:
    """16 hexadecimal digits over the pictures, their labels and the split: equal for equal sets on any machine, other for
    any other picture, label or order. It reads all that is in memory: about 0.1 s for MNIST."""
    hasher = hashlib.blake2b(digest_size=8)
    hasher.update("\0".join((dataset.target, *dataset.classes)).encode())
    for part in (dataset.train, dataset.validation, dataset.test):
        hasher.update(f"{len(part)} {part.shape} {part.labels.dtype}".encode())
        hasher.update(_bytes(part.labels))
        hasher.update(_content(part))
    return hasher.hexdigest()


def _content(pictures: PictureSet) -> memoryview:
    return _bytes(pictures.images)


def _bytes(tensor: torch.Tensor) -> memoryview:
    return memoryview(tensor.contiguous().numpy()).cast("B")
