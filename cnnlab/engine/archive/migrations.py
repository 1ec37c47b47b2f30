"""From the ``project.json`` of an older major version to that of this one, a step at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnlab.engine.archive import format as fmt

Document = dict[str, Any]
Step = Callable[[Document], Document]

STEPS: Mapping[int, Step] = {}
"""By the major version that a step starts from; it leads to the next. Format 1 is the first."""


def migrated(
    document: Document, major: int, steps: Mapping[int, Step] = STEPS, goal: int = fmt.FORMAT.major
) -> Document:
    """``document`` of version ``major``, as version ``goal`` would have written it."""
    for version in range(major, goal):
        document = steps[version](document)
    return document
