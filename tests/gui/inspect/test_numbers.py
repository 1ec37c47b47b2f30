"""Numbers for people, against Python's own formatting."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.gui.inspect.numbers import percentage, significant


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (-0.81234, 3, "−0.812"),
        (-0.81234, 4, "−0.8123"),
        (0.0, 3, "0"),
        (-0.0, 3, "0"),
        (0.9996, 3, "1.00"),
        (12.345, 3, "12.3"),
        (1234.5, 3, "1,230"),
        (0.00123, 3, "0.00123"),
        (0.0000123, 3, "1.23e−5"),
        (-12345678.0, 3, "−1.23e7"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, "−∞"),
        (math.nan, 3, "NaN"),
    ],
)
def test_examples(value: float, digits: int, words: str) -> None:
    assert significant(value, digits) == words


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30), st.integers(1, 6))
def test_reading_it_back_gives_the_rounded_value(value: float, digits: int) -> None:
    back = float(significant(value, digits).replace("−", "-").replace(",", ""))
    assert back == pytest.approx(float(f"{value:.{digits - 1}e}"), rel=1e-12, abs=0)


def test_percentages_have_one_decimal() -> None:
    assert [percentage(p) for p in (0.0, 0.973, 1.0, math.nan)] == ["0.0 %", "97.3 %", "100.0 %", "NaN"]
