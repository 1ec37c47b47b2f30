"""What a data set is in memory: pictures, what each of them shows, and three splits of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from cnnlab.core.data.sources import Target


class Pictures(Protocol):
    """Pictures in an order, whether they are in memory (``PictureSet``) or on the disk (``FolderSet``)."""

    @property
    def labels(self) -> torch.Tensor:
        """``(N,)``: for classes int64, each an index into the data set's classes (0 or 1 of a binary set); for a number
        float32."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(C, H, W)`` of every picture."""

    def __len__(self) -> int: ...

    def read(self, indices: Sequence[int]) -> torch.Tensor:
        """These pictures, in this order, as uint8 ``(n, C, H, W)``. Raises ``DataError`` where one is gone or damaged."""


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Pictures in memory, and what they show. The tensors are shared by all who load the data set: never write into them."""

    images: torch.Tensor
    """uint8 ``(N, C, H, W)``."""
    labels: torch.Tensor
    """``(N,)``, as ``Pictures`` has it."""
    files: tuple[str, ...] = ()
    """Folder, name and length of the file of each, where they came from one each."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(C, H, W)`` of every picture."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def read(self, indices: Sequence[int]) -> torch.Tensor:
        """A copy of these pictures, in this order: uint8 ``(n, C, H, W)``."""
        return self.images[torch.as_tensor(indices, dtype=torch.int64)]


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set with its three splits. The test split is for the figure at the end of a run, never for choosing."""

    name: str
    target: Target
    classes: tuple[str, ...]
    """Names of the classes; none where a number is to be learned."""
    train: Pictures
    validation: Pictures
    test: Pictures

    @property
    def outputs(self) -> int:
        """How many numbers a network gives for a picture: a logit for each class, or one."""
        return len(self.classes) if self.target is Target.CLASSES else 1

    @property
    def class_counts(self) -> torch.Tensor | None:
        """Training pictures of each class, int64 ``(classes,)``; None where a number is to be learned."""
        return None if self.target is Target.NUMBER else self.train.labels.bincount(minlength=len(self.classes))
