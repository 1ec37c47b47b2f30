"""The arithmetic of sliding windows against counting the places where the window can lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.catalog import formulas
from cnnlab.core.catalog.spec import FormulaLine
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


@given(st.integers(1, 20), NUMBERS, NUMBERS, st.integers(0, 2))
def test_rounding_up_adds_a_window_that_starts_on_a_pixel(size: int, kernel: int, stride: int, padding: int) -> None:
    padding = min(padding, kernel // 2)
    floored: Frozen[str, Any] = Frozen({"kernel_size": (kernel, 9), "stride": (stride, 9), "padding": (padding, 9)})
    rounded = floored | {"ceil_mode": True}
    count = formulas.window_size(size, floored, 0)
    more = count >= 0 and formulas.unread(size, floored, 0) > 0 and count * stride < size + padding
    assert max(formulas.window_size(size, rounded, 0), 0) == max(count + more, 0)
    if more:
        assert formulas.unread(size, rounded, 0) == 0


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
def test_lines_that_a_person_can_follow(params: dict[str, Any], line: str) -> None:
    first, second = formulas.window_formula(Frozen(params), ((1, 28, 30),))
    assert first == line
    assert second.startswith("W: ⌊(30 ")


@pytest.mark.parametrize(
    ("size", "params", "text"),
    [
        ((28, 28), {"kernel_size": (3, 3), "stride": (1, 1)}, None),
        ((5, 4), {"kernel_size": (2, 2), "stride": (2, 2)}, "The last row of the input is never read"),
        ((4, 9), {"kernel_size": (2, 2), "stride": (2, 4)}, "The last 3 columns of the input are never read"),
        ((5, 5), {"kernel_size": (2, 2), "stride": (2, 2)}, "The last row and the last column of the input are never read"),
        ((5, 5), {"kernel_size": (2, 2), "stride": (2, 2), "padding": (1, 1)}, None),
        ((5, 5), {"kernel_size": (2, 2), "stride": (2, 2), "ceil_mode": True}, None),
        ((5, 5), {"kernel_size": (3, 3), "stride": (3, 3), "ceil_mode": True}, None),
        ((3, 3), {"kernel_size": (2, 2), "stride": (4, 4), "padding": (1, 1), "ceil_mode": True},
         "The last window would start in the padding"),
        ((7, 7), {"kernel_size": (4, 4), "stride": (1, 1), "padding": "same"}, "An even kernel has no middle"),
        ((7, 7), {"kernel_size": (3, 3), "stride": (1, 1), "padding": "same"}, None),
    ],
)  # fmt: skip
def test_what_the_formula_does_not_tell(size: tuple[int, int], params: dict[str, Any], text: str | None) -> None:
    remark = formulas.window_remark(Frozen(params), ((1, *size),))
    assert str(remark).startswith(text) if text else remark is None


def test_a_window_that_is_left_out_is_taken_off() -> None:
    params = Frozen({"kernel_size": (2, 2), "stride": (4, 2), "padding": (1, 1), "ceil_mode": True})
    assert formulas.window_formula(params, ((1, 3, 3),)) == (
        "H: ⌈(3 + 2·1 − 1·(2 − 1) − 1) / 4⌉ + 1 − 1 = 1",
        "W: ⌈(3 + 2·1 − 1·(2 − 1) − 1) / 2⌉ + 1 − 1 = 2",
    )


@pytest.mark.parametrize(
    ("formula", "params", "inputs", "lines"),
    [
        (
            formulas.transposed_formula,
            {"kernel_size": (2, 3), "stride": (2, 2), "padding": (0, 1), "output_padding": (0, 1), "dilation": (1, 1)},
            ((8, 7, 7),),
            ["H: (7 − 1)·2 − 2·0 + 1·(2 − 1) + 0 + 1 = 14", "W: (7 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 14"],
        ),
        (
            formulas.adaptive_formula,
            {"output_size": (7, 3)},
            ((8, 28, 10),),
            ["H: 28 in windows of 4 → 7", "W: 10 in windows of 4 → 3"],
        ),
        (
            formulas.adaptive_formula,
            {"output_size": (4, 8)},
            ((8, 11, 6),),
            ["H: 11 in windows of 3…4 → 4", "W: 6 in windows of 1…2 → 8"],
        ),
        (formulas.global_formula, {}, ((64, 7, 6),), ["one mean over 7 · 6 = 42 pixels for each map → 64"]),
        (
            formulas.padded_formula,
            {"left": 0, "right": 1, "top": 2, "bottom": 3},
            ((8, 7, 7),),
            ["H: 7 + 2 + 3 = 12", "W: 7 + 0 + 1 = 8"],
        ),
        (formulas.upsampled_formula, {"scale_factor": (2, 3)}, ((8, 7, 7),), ["H: 7 · 2 = 14", "W: 7 · 3 = 21"]),
        (formulas.stacked_formula, {}, ((8, 7, 7), (4, 7, 7), (1, 7, 7)), ["C: 8 + 4 + 1 = 13"]),
        (formulas.split_formula, {"chunks": 4}, ((8, 7, 7),), ["C: 8 / 4 = 2"]),
    ],
)
def test_the_arithmetic_of_other_layers(
    formula: Callable[..., tuple[FormulaLine, ...]],
    params: dict[str, Any],
    inputs: tuple[tuple[int, ...], ...],
    lines: list[str],
) -> None:
    assert [str(line) for line in formula(Frozen(params), inputs)] == lines
    assert formula(Frozen(params), ()) == ()


@given(st.integers(1, 40), st.integers(1, 12))
def test_adaptive_windows_are_torchs(size: int, out: int) -> None:
    """A window is as large as the reciprocal of what one of its pixels weighs in the mean."""
    weights = torch.nn.functional.adaptive_avg_pool1d(torch.eye(size)[None], out)[0].T
    sizes = {round(1 / float(row[row > 0][0])) for row in weights}
    line = formulas.adaptive_formula(Frozen({"output_size": (out, 1)}), ((1, size, 1),))[0]
    windows = "…".join(map(str, sorted({min(sizes), max(sizes)})))
    assert str(line) == f"H: {size} in windows of {windows} → {out}"


def test_flatten_multiplies() -> None:
    assert formulas.flatten_formula(Frozen(), ((32, 7, 7),)) == ("32 · 7 · 7 = 1568",)
    assert formulas.flatten_formula(Frozen(), ((5,),)) == formulas.window_formula(Frozen(), ()) == ()
