"""Where the training pictures are while a run lasts: all on its device, or read batch by batch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count, whole
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Pictures, PictureSet
from cnnlab.engine.system import memory

MAX = 0.8
"""The part of the free memory that pictures may take which the person wants there."""
MODEST = 0.5
"""The part of the free memory for pictures that go there by themselves: what the network needs is an estimate."""


@dataclass(frozen=True)
class Placement:
    """Where the training pictures are, and what the person is told about it."""

    streamed: bool
    text: Message


def choose(pictures: Pictures, settings: TrainingSettings, device: str, need: int = 0) -> Placement:
    """Where ``pictures`` are for a run on ``device`` (torch's name, such as ``cuda:1``), which will take ``need`` bytes there
    itself. Pictures on the disk stay there unless the settings ask for memory: loading a data set has brought those into
    memory that fit.

    Raises ``DataError`` where memory is asked for and would not be enough."""
    kind = torch.device(device).type
    count, size = whole(len(pictures)), len(pictures) * math.prod(pictures.shape)
    loaded = isinstance(pictures, PictureSet)
    if settings.pictures == "stream":
        return Placement(
            True, _("The {count} training pictures are read batch by batch, as the settings ask.", count=count)
        )
    if loaded and kind == "cpu":
        return _in_memory(kind, count, size)
    free = max(free_bytes(device) - need, 0)
    if settings.pictures == "memory":
        if size > MAX * free:
            raise _too_many(kind, count, size, free)
        return _in_memory(kind, count, size)
    if loaded and size <= MODEST * free:
        return _in_memory(kind, count, size)
    return Placement(True, _too_large(count, size, free) if loaded else _on_disk(count, size))


def free_bytes(device: str) -> int:
    """Bytes of free memory on ``device`` (torch's name)."""
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if kind == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return memory.free_bytes()


def _in_memory(kind: str, count: str, need: int) -> Placement:
    size = byte_count(need)
    if kind == "cpu":
        return Placement(False, _("The {count} training pictures are in memory ({size}).", count=count, size=size))
    return Placement(False, _("The {count} training pictures are in GPU memory ({size}).", count=count, size=size))


def _on_disk(count: str, need: int) -> Message:
    return _(
        "The {count} training pictures are read from their files batch by batch: all of them would take {size} of memory.",
        count=count,
        size=byte_count(need),
    )


def _too_large(count: str, need: int, free: int) -> Message:
    size, left = byte_count(need), byte_count(free)
    return _(
        "The {count} training pictures go to the GPU batch by batch: all of them need {size}, and {free} are free "
        "there besides the network.",
        count=count,
        size=size,
        free=left,
    )


def _too_many(kind: str, count: str, need: int, free: int) -> DataError:
    size, left = byte_count(need), byte_count(free)
    if kind == "cpu":
        return DataError(
            _(
                "The {count} training pictures need {size} of memory, and {free} are free besides the network. Nothing "
                "was started. Stream the pictures (“auto” or “stream”), or close other programs.",
                count=count,
                size=size,
                free=left,
            )
        )
    return DataError(
        _(
            "The {count} training pictures need {size}, and {free} are free on the GPU besides the network. Nothing "
            "was started. Stream the pictures (“auto” or “stream”).",
            count=count,
            size=size,
            free=left,
        )
    )
