"""The axes of a plot. Imports pyqtgraph, as plots do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from cnnlab.core.numerals import plain, whole


class StepAxis(pg.AxisItem):
    """An axis of steps, with ticks at whole numbers only: there is nothing between two steps."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        levels = super().tickSpacing(minVal, maxVal, size)
        return [level for level in levels if level[0] >= 1] or [(1.0, 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [whole(value) for value in values]


class ValueAxis(pg.AxisItem):
    """An axis of values. On a logarithmic scale only 1, 2 and 5 of each decade have numbers: more would lie over each other."""

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        return [_log_text(10**value) for value in values]


def _log_text(value: float) -> str:
    mantissa = value / 10 ** np.floor(np.log10(value) + 1e-9)
    return plain(value, 3) if round(mantissa, 3) in (1, 2, 5) else ""
