"""Which learning rate suits: a short trial in which it grows from very small to too large."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from cnnlab.core.messages import Message
from cnnlab.core.project import Project
from cnnlab.engine.data.datasets import Dataset


@dataclass(frozen=True)
class RangePoint:
    """One step of the trial."""

    step: int
    """From 1."""
    rate: float
    loss: float
    """Smoothed."""


@dataclass(frozen=True)
class Suggestion:
    """What a trial led to."""

    rate: float | None
    """The suggested learning rate; None if the trial shows none."""
    words: Message
    """Why."""


def run(project: Project, dataset: Dataset, *, device: str | None = None) -> Generator[RangePoint, None, Suggestion]:
    raise NotImplementedError
    yield
