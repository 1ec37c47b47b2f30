"""Whose turn it is where several kinds of work share one thread. There is no thread and no Qt in here: ``qt_threads`` has them."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Rank(IntEnum):
    """Who comes first: what follows the hand, before what somebody waits for, before what may take its time."""

    POINTER = 0
    """What the mouse points at."""
    STROKE = 1
    """What the network makes of another input, or another network of the input."""
    LIVE = 2
    """What it makes of it while it trains."""
    EXPLANATION = 3
    REPORT = 4
    STUDY = 5


@dataclass(eq=False)
class Job:
    """One request of a kind, and the work on it in steps; what they yield is a rest and nothing else."""

    kind: Hashable
    request: Any
    rank: Rank
    steps: Generator[Any, None, Any] = field(repr=False)
    number: int = 0
    """Counted by whoever asks, to tell older requests from newer ones."""
    finishes: bool = False
    """Whether it goes on though a newer one of its kind waits, because its result is still worth seeing: pictures that follow
    the mouse would otherwise stand still until it does."""
    is_dropped: bool = False
    """Nobody wants its result any more."""


class Turns:
    """The jobs in hand. Of each kind one has begun at most, and one waits at most: the latest. The job of the highest rank comes
    next; of two that are equal, the one that has begun, or was asked for first."""

    def __init__(self) -> None:
        self._begun: dict[Hashable, Job] = {}
        self._waiting: dict[Hashable, Job] = {}
        self._to_close: list[Job] = []

    def add(self, job: Job) -> None:
        """Let ``job`` wait, in place of the one of its kind that waits. One that has begun is dropped, unless it ``finishes`` and
        is as urgent."""
        replaced = self._waiting.pop(job.kind, None)
        if replaced is not None:
            # What was urgent about the older request is still to be shown, by this one.
            replaced.is_dropped, job.rank = True, min(job.rank, replaced.rank)
        begun = self._begun.get(job.kind)
        if begun is not None and (not begun.finishes or job.rank < begun.rank):
            self._drop_begun(job.kind)
        self._waiting[job.kind] = job

    def drop(self, kind: Hashable) -> None:
        """Forget what was asked for of this kind."""
        waiting = self._waiting.pop(kind, None)
        if waiting is not None:
            waiting.is_dropped = True
        self._drop_begun(kind)

    def drop_all(self) -> None:
        """Forget every job of every kind."""
        for kind in [*self._begun, *self._waiting]:
            self.drop(kind)

    def next(self) -> Job | None:
        """The job whose next step is to be done; None if there is none. One that was dropped half done comes before all, once:
        its steps are to be closed, in the thread that took them."""
        if self._to_close:
            return self._to_close.pop()
        job = min(self._candidates(), key=lambda job: job.rank, default=None)
        if job is not None and self._waiting.get(job.kind) is job:
            self._begun[job.kind] = self._waiting.pop(job.kind)
        return job

    def finish(self, job: Job) -> None:
        """All of ``job`` is done."""
        if self._begun.get(job.kind) is job:
            del self._begun[job.kind]

    def _candidates(self) -> Iterator[Job]:
        yield from self._begun.values()
        yield from (job for job in self._waiting.values() if job.kind not in self._begun)

    def _drop_begun(self, kind: Hashable) -> None:
        begun = self._begun.pop(kind, None)
        if begun is not None:
            begun.is_dropped = True
            self._to_close.append(begun)
