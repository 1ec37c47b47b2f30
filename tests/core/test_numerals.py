"""Numbers for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.numerals import plain


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.003, "0.003"), (2e-5, "0.00002"), (-1.25e-6, "-0.00000125"), (1e-7, "0.0000001"), (0.5, "0.5"),
     (1e-8, "1e-08"), (100.0, "100"), (-1e6, "-1000000"), (1e9, "1e+09")],
)  # fmt: skip
def test_numbers_have_no_power_of_ten_where_zeros_can_be_counted(value: float, words: str) -> None:
    assert plain(value) == words


@given(st.floats(-1e6, 1e6), st.integers(1, 12))
def test_it_is_the_number_in_so_many_digits(value: float, digits: int) -> None:
    assert float(plain(value, digits)) == float(f"{value:.{digits}g}")
