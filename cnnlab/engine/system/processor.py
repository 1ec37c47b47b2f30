"""The processor that the app runs on: its cores, and work in steps, which rests between them and lets others have it."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any, TypeVar


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


T = TypeVar("T")


def result_of(steps: Generator[Any, None, T]) -> T:
    """Run the generator ``steps`` to its end, without a rest, and give what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
