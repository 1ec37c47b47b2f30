"""How many digits fit into a cell, found from a few of the numbers, is what fits when all are written."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from cnnlab.core.numerals import significant
from cnnlab.gui.inspect.cells import fitting_digits
from cnnlab.gui.theme import theme

_BETWEEN_CELLS = 6.0


@example(values=np.array([[[-9.995e9, -6.1035156e-05]]], np.float32), width=61.0)  # as many characters, but not as wide
@given(
    values=arrays.arrays(np.float32, (2, 3, 3), elements=st.floats(width=32)),
    width=st.floats(8, 80),
)
def test_digits_fit_all_numbers_and_no_more_would(qapp: QApplication, values: np.ndarray, width: float) -> None:
    metrics = QFontMetricsF(theme.font(theme.SMALL, tabular=True))

    def fits(digits: int) -> bool:
        text = (significant(float(value), digits) for value in values.flat)
        return max(map(metrics.horizontalAdvance, text)) <= width - _BETWEEN_CELLS

    assert fitting_digits(values, width) == next((digits for digits in (3, 2, 1) if fits(digits)), 0)
