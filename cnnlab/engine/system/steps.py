"""Work in steps, as a generator: it rests at every ``yield`` and returns its result at the end."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")


def result_of(steps: Generator[Any, None, T]) -> T:
    """What ``steps`` return, without a rest."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
