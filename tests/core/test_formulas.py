"""The arithmetic of sliding windows against counting the places where the window can lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import formulas
from cnnlab.core.values import Frozen

NUMBERS = st.integers(1, 5)


@given(st.integers(1, 20), NUMBERS, NUMBERS, NUMBERS, st.integers(0, 4))
def test_as_many_windows_as_there_are_places(size: int, kernel: int, stride: int, dilation: int, padding: int) -> None:
    params = Frozen(
        {"kernel_size": (kernel, 9), "stride": (stride, 9), "dilation": (dilation, 9), "padding": (padding, 9)}
    )
    padded = range(size + 2 * padding)
    read = [
        window
        for start in padded[::stride]
        if max(window := [start + dilation * number for number in range(kernel)]) in padded
    ]
    assert max(formulas.window_size(size, params, 0), 0) == len(read)
    if read:
        assert formulas.unread(size, params, 0) == len(padded) - 1 - max(map(max, read))


@given(st.integers(1, 20), st.integers(1, 9), st.integers(1, 4))
def test_same_padding_keeps_the_size_and_puts_the_odd_row_behind(size: int, kernel: int, dilation: int) -> None:
    params = Frozen({"kernel_size": (kernel,) * 2, "stride": (1, 1), "dilation": (dilation,) * 2, "padding": "same"})
    before, after = formulas.padding_of(params, 1)
    assert after - before in (0, 1)
    assert formulas.window_size(size, params, 1) == size


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({"kernel_size": (3, 5), "stride": (1, 1)}, "H: ⌊(28 + 2·0 − 1·(3 − 1) − 1) / 1⌋ + 1 = 26"),
        ({"kernel_size": (2, 2), "stride": (2, 2), "padding": (1, 1)}, "H: ⌊(28 + 2·1 − 1·(2 − 1) − 1) / 2⌋ + 1 = 15"),
        (
            {"kernel_size": (4, 4), "stride": (1, 1), "padding": "same"},
            "H: ⌊(28 + 1 + 2 − 1·(4 − 1) − 1) / 1⌋ + 1 = 28",
        ),
    ],
)
def test_lines_that_a_person_can_follow(params: dict[str, object], line: str) -> None:
    first, second = formulas.window_formula(Frozen(params), ((1, 28, 30),))
    assert first == line
    assert second.startswith("W: ⌊(30 ")


def test_flatten_multiplies() -> None:
    assert formulas.flatten_formula(Frozen(), ((32, 7, 7),)) == ("32 · 7 · 7 = 1568",)
    assert formulas.flatten_formula(Frozen(), ((5,),)) == formulas.window_formula(Frozen(), ()) == ()
