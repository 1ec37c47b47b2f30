"""Values that settings can have."""

from __future__ import annotations

from typing import Any

from cnnlab.core.params import Choice, Flag, Param, Real, Whole


def other(param: Param, value: Any) -> Any:
    """Another value than ``value``, and not far from it."""
    match param:
        case Flag():
            return not value
        case Choice():
            return next(option for option in param.options if option != value)
        case Whole():
            return value + 1 if value < param.high else value - 1
        case Real():
            return value / 2 or min(0.1, param.high)
    raise TypeError(param)
