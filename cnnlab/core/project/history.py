"""Undo and redo as a list of values, in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cnnlab.core.messages import Message

T = TypeVar("T")

LIMIT = 1000
"""Steps kept; values share what did not change, so a step costs little."""


@dataclass(frozen=True)
class _Step(Generic[T]):
    label: Message
    value: T
    """The value before the step (in the past) or after it (in the future)."""


class History(Generic[T]):
    """The present value, and the steps that lead back and forward from it."""

    def __init__(self, value: T) -> None:
        self.present = value
        self._past: list[_Step[T]] = []
        self._future: list[_Step[T]] = []
        self._gesture: object = None

    def do(self, label: Message, value: T, gesture: object = None) -> None:
        """Make ``value`` the present. Steps in a row with the same ``gesture`` (not None) are one step to undo, and none if
        they lead back to where they began."""
        if gesture is None or gesture != self._gesture or not self._past:
            self._past.append(_Step(label, self.present))
            del self._past[:-LIMIT]
        elif value == self._past[-1].value:
            self._past.pop()
            gesture = None
        self._gesture = gesture
        self._future.clear()
        self.present = value

    def end_gesture(self) -> None:
        """What follows is a step of its own, even with the same gesture."""
        self._gesture = None

    def undo(self) -> None:
        """Go back one step; nothing happens at the start."""
        self._go(self._past, self._future)

    def redo(self) -> None:
        """Go forward one step; nothing happens at the end."""
        self._go(self._future, self._past)

    def _go(self, source: list[_Step[T]], target: list[_Step[T]]) -> None:
        self._gesture = None
        if source:
            step = source.pop()
            target.append(_Step(step.label, self.present))
            self.present = step.value

    @property
    def undo_label(self) -> Message | None:
        """What undo would take back."""
        return self._past[-1].label if self._past else None

    @property
    def redo_label(self) -> Message | None:
        """What redo would bring back."""
        return self._future[-1].label if self._future else None

    def map(self, change: Callable[[T], T]) -> None:
        """Apply to every value, past, present and future, what is no step of its own: trained weights outlive an undo."""
        self.present = change(self.present)
        for steps in (self._past, self._future):
            steps[:] = [_Step(step.label, change(step.value)) for step in steps]
