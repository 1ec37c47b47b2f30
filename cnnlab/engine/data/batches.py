"""An epoch's batches: which pictures each holds, where they come from, and what a network gets of them.

Order and augmentation are functions of (seed, epoch, index of the picture). So a batch has the same bits wherever the
pictures are, however many processes read them, and however many share it.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project
from cnnlab.engine.data import augment, draws, placement, transforms
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Pictures, PictureSet
from cnnlab.engine.data.preparation import fitted, input_shape, normalised
from cnnlab.engine.data.streaming import Stream

_CHUNK = 256
"""Pictures that are read at a time."""
_FOR_DIRECTIONS = 2000
"""Pictures whose colours tell AlexNet's directions: of a folder, all would take as long to read as an epoch."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What goes through a network at a time. With several processes, each has its share of the pictures."""

    inputs: Tensor
    """float32 ``(n, C, H, W)``, as the network reads them, on the device of the run."""
    labels: Tensor
    """``(n,)``, on the device of the run."""
    count: int
    """How many pictures all processes have together; one of them may have none."""


@dataclass(frozen=True, eq=False)
class Step:
    """What one step of a run learns from: one batch, or several whose gradients make the step together."""

    labels: Tensor
    """``(n,)`` of all its batches, on the device of the run."""
    count: int
    """How many batches there are."""
    batches: Iterator[Batch]
    """The batches of the step, to be taken once, before the next step is asked for."""


class _Share(NamedTuple):
    """Which pictures of a batch are this process's, by index."""

    whole: int
    """How many all processes have together."""
    on_cpu: Tensor
    on_device: Tensor


class Plan:
    """The batches of all epochs of a run."""

    def __init__(self, pictures: Pictures, project: Project, device: str, rank: int, processes: int, need: int) -> None:
        settings = project.training
        chosen = placement.choose(pictures, settings, device, need)
        self.streamed = chosen.streamed
        """Whether pictures are read batch by batch; else all are on the device."""
        self.text = chosen.text
        """Where the pictures are, and why, for the person."""
        self.batches = _batches(len(pictures), settings.batch_size, settings.drop_last)
        """How many an epoch has."""
        self.steps = math.ceil(self.batches / settings.accumulate)
        """How many steps an epoch has; the last may be of fewer batches than the others."""
        self._project = project
        self._device = device
        self._rank, self._processes = rank, processes
        self._shape = input_shape(project.graph)
        shifts = project.augmentation.rgb_shift and self._shape[0] == 3
        self._directions = _directions(pictures, project).to(device) if shifts else None
        self._labels = pictures.labels.to(device)
        self._source = (
            Stream(pictures, settings.workers, pinned=torch.device(device).type == "cuda")
            if self.streamed
            else _InMemory(pictures, device)
        )

    def epoch(self, epoch: int, skip: int = 0) -> Generator[Batch]:
        """The batches of an epoch, without the first ``skip``. Raises ``DataError`` for a picture that is gone or damaged."""
        return self._read(epoch, self._order(epoch)[skip:])

    def steps_of(self, epoch: int, skip: int = 0) -> Generator[Step]:
        """The batches of an epoch, grouped into steps, without the first ``skip`` steps. Raises ``DataError`` as ``epoch`` does."""
        together = self._project.training.accumulate
        shares = self._order(epoch)[skip * together :]
        with closing(self._read(epoch, shares)) as batches:
            for start in range(0, len(shares), together):
                part = [share.on_device for share in shares[start : start + together]]
                indices = part[0] if len(part) == 1 else torch.cat(part)
                yield Step(self._labels.index_select(0, indices), len(part), itertools.islice(batches, len(part)))
            next(batches, None)  # whoever reads ahead is through, and not broken off

    def close(self) -> None:
        """End the processes that read pictures, if there are any. No batches come afterwards."""
        self._source.close()

    def _order(self, epoch: int) -> list[_Share]:
        settings = self._project.training
        indices = draws.permutation(len(self._labels), settings.seed, epoch, settings.shuffle)
        batches = zip(*(held.split(settings.batch_size) for held in (indices, indices.to(self._device))), strict=True)
        return [
            _Share(len(here), self._share(here), self._share(there))
            for here, there in itertools.islice(batches, self.batches)
        ]

    def _read(self, epoch: int, shares: Sequence[_Share]) -> Generator[Batch]:
        wanted = [share.on_cpu if self.streamed else share.on_device for share in shares]
        with closing(self._source.read(wanted)) as read:
            for share, images in zip(shares, read, strict=True):
                labels = self._labels.index_select(0, share.on_device)
                yield Batch(self._inputs(images, epoch, share.on_cpu), labels, share.whole)

    def _share(self, batch: Tensor) -> Tensor:
        """This process's part of a batch; those of all processes in a row are the batch. The first process's is never smaller
        than another's: its running means are the run's, and of no pictures they would be no numbers."""
        first, end = (-(-len(batch) * rank // self._processes) for rank in (self._rank, self._rank + 1))  # rounded up
        return batch[first:end]

    def _inputs(self, images: Tensor, epoch: int, indices: Tensor) -> Tensor:
        project = self._project
        pixels = fitted(images.to(self._device, non_blocking=True), project.preprocessing, self._shape)
        if project.augmentation:
            keys = draws.keys(project.training.seed, epoch, indices)
            pixels = augment.augmented(pixels, project.augmentation, project.preprocessing, keys, self._directions)
        # Plain float32 for every network: neither channels_last nor bf16 inputs made a step any quicker.
        return normalised(pixels, project.preprocessing)


def plan(
    pictures: Pictures, project: Project, device: str, *, rank: int = 0, processes: int = 1, need: int = 0
) -> Plan:
    """The batches of a run of ``project`` on ``device`` (torch's name), which takes ``need`` bytes there beside its pictures. Of
    ``processes`` that train together, number ``rank`` gets its share of each batch; all shares in a row are the batch that one
    process alone would get, bit for bit.

    Close it when the run is over. Raises ``DataError`` where the pictures do not fit into the memory that the settings ask
    for, and where no batch is left of them."""
    return Plan(pictures, project, device, rank, processes, need)


class _InMemory:
    """Reads batches of pictures that are all on the device."""

    def __init__(self, pictures: Pictures, device: str) -> None:
        if isinstance(pictures, PictureSet):
            self._images = pictures.images.to(device)
            return
        held = self._images = torch.empty(len(pictures), *pictures.shape, dtype=torch.uint8, device=device)

        def fill(start: int) -> None:
            part = held[start : start + _CHUNK]
            part.copy_(pictures.read(range(start, start + len(part))))

        # Reading from the disk lets go of the interpreter's lock.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            for _done in threads.map(fill, range(0, len(pictures), _CHUNK)):
                pass

    def read(self, batches: Sequence[Tensor]) -> Generator[Tensor]:
        """The pictures of each batch of indices on the device: uint8 ``(n, C, H, W)``."""
        for batch in batches:
            yield self._images.index_select(0, batch)

    def close(self) -> None:
        """There is nothing to end."""


def _batches(count: int, size: int, drop_last: bool) -> int:
    batches = count // size if drop_last else math.ceil(count / size)
    if not batches:
        raise DataError(
            _(
                "No batch is left: there are {count} training pictures, a batch has {size}, and smaller ones are dropped. "
                "Nothing was started. Choose a smaller batch, or keep the last one.",
                count=whole(count),
                size=whole(size),
            )
            if count
            else _("There are no training pictures. Nothing was started. Hold out fewer for validation.")
        )
    return batches


def _directions(pictures: Pictures, project: Project) -> Tensor:
    """The directions of AlexNet's shift, float32 ``(3, 3)``, from pictures spread evenly over the set."""
    maximum = min(len(pictures), _FOR_DIRECTIONS)
    chosen = torch.arange(maximum) * len(pictures) // maximum
    shape = (3, *pictures.shape[1:])
    parts = (pictures.read(part.tolist()) for part in chosen.split(_CHUNK))
    return transforms.directions(fitted(part, project.preprocessing, shape) for part in parts)
