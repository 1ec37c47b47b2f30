"""An epoch's batches: which pictures each holds, where they come from, and what a network gets of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import Project
from cnnlab.engine import memory
from cnnlab.engine.data import order
from cnnlab.engine.data.picture_sets import Pictures
from cnnlab.engine.data.preparation import input_shape, prepare


@dataclass(frozen=True, eq=False)
class Batch:
    """What one step of a run learns from. With several processes, each has its share of the pictures."""

    inputs: Tensor
    """float32 ``(n, C, H, W)``, as the network reads them, on the device of the run."""
    labels: Tensor
    """``(n,)``, on the device of the run."""
    count: int
    """How many pictures all processes have together."""


class Plan:
    """The batches of every epoch of a run, as functions of (seed, epoch, index) alone."""

    def __init__(self, pictures: Pictures, project: Project, device: str, rank: int, processes: int) -> None:
        settings = project.training
        count = len(pictures)
        self.streamed = False
        self.batches = count // settings.batch_size if settings.drop_last else math.ceil(count / settings.batch_size)
        self._project = project
        self._settings = settings
        self._shape = input_shape(project.graph)
        self._share = (rank, processes)
        self._images = pictures.read(range(count)) if not hasattr(pictures, "images") else pictures.images
        self._images = self._images.to(device)
        self._labels = pictures.labels.to(device)
        self._device = device

    @property
    def words(self) -> Message:
        """Where the pictures are while the run lasts, and why."""
        return _("The training pictures lie in memory ({size}).", size=memory.show(self._images.nbytes))

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, without the first ``skip``."""
        settings = self._settings
        whole = order.permutation(len(self._labels), settings.seed, epoch, settings.shuffle)
        rank, processes = self._share
        for indices in whole.to(self._device).split(settings.batch_size)[skip : self.batches]:
            count = len(indices)
            mine = indices[count * rank // processes : count * (rank + 1) // processes]
            inputs = prepare(self._images[mine], self._project.preprocessing, self._shape)
            yield Batch(inputs, self._labels[mine], count)


def plan(pictures: Pictures, project: Project, device: str, *, rank: int = 0, processes: int = 1) -> Plan:
    """The batches of a run of ``project`` on ``device``. Of ``processes`` that train together, number ``rank`` gets its share
    of each batch; all shares in a row are the batch that one process alone would get."""
    return Plan(pictures, project, device, rank, processes)
