"""How many pictures there are, as a number that can make sizes but not decide anything."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from cnnlab.core.messages import message as _
from cnnlab.engine.importer.refusals import current_line, refused


class Count(int):
    """The number of pictures in a batch, or what was worked out with it.

    It can be a size, as in ``x.view(x.size(0), -1)``. Compared with a plain number it refuses, since a network of layers
    does the same with every batch; two counts can be compared."""

    __hash__ = int.__hash__


def _worked_out(work: Callable[[int, int], int], *, swapped: bool) -> Callable[[Count, Any], Any]:
    def method(self: Count, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return Count(work(int(other), int(self)) if swapped else work(int(self), int(other)))

    return method


def _compared(compare: Callable[[int, int], bool]) -> Callable[[Count, Any], Any]:
    def method(self: Count, other: Any) -> Any:
        if isinstance(other, int) and not isinstance(other, Count):
            why = _(
                "It looks at how many pictures there are. A network of layers does the same with every batch: leave the "
                "condition out."
            )
            raise refused(why, current_line())
        return compare(int(self), int(other)) if isinstance(other, int) else NotImplemented

    return method


for _name in ("add", "sub", "mul", "floordiv", "mod"):
    setattr(Count, f"__{_name}__", _worked_out(getattr(operator, _name), swapped=False))
    setattr(Count, f"__r{_name}__", _worked_out(getattr(operator, _name), swapped=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Count, f"__{_name}__", _compared(getattr(operator, _name)))
