"""Output sizes as arithmetic a person can follow.

Source: the "Shape" sections of torch.nn.Conv2d and torch.nn.MaxPool2d,
H_out = ⌊(H_in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
"""

from __future__ import annotations

from typing import Any

from cnnlab.core.shapes import Shape
from cnnlab.core.spec import Params


def pair(value: Any, axis: int) -> int:
    """The height (axis 0) or width (axis 1) part of a pair."""
    return value[axis] if isinstance(value, tuple) else value


def padding_of(params: Params, axis: int) -> tuple[int, int]:
    """Rows (or columns) added before and after: ``"same"`` puts the odd one behind, as torch does."""
    padding = params.get("padding", (0, 0))
    if padding == "same":
        total = reach_of(params, axis) - 1
        return total // 2, total - total // 2
    return pair(padding, axis), pair(padding, axis)


def reach_of(params: Params, axis: int) -> int:
    """Rows (or columns) from the first to the last that one window reads."""
    return pair(params.get("dilation", (1, 1)), axis) * (pair(params["kernel_size"], axis) - 1) + 1


def window_size(size: int, params: Params, axis: int) -> int:
    """The output size along one axis; zero or less if the kernel does not fit."""
    return (size + sum(padding_of(params, axis)) - reach_of(params, axis)) // pair(params["stride"], axis) + 1


def unread(size: int, params: Params, axis: int) -> int:
    """How many of the last rows (or columns), padding included, no window ever reads, because the division is floored."""
    return (size + sum(padding_of(params, axis)) - reach_of(params, axis)) % pair(params["stride"], axis)


def window_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
    """``H: ⌊(28 + 2·0 − 1·(3 − 1) − 1) / 1⌋ + 1 = 26`` for a sliding window, and the same for the width ``W``."""
    if not inputs or len(inputs[0]) != 3:
        return ()
    lines = []
    for axis, letter in enumerate("HW"):
        size = inputs[0][1 + axis]
        before, after = padding_of(params, axis)
        padding = f"2·{before}" if before == after else f"{before} + {after}"
        dilation, kernel = pair(params.get("dilation", (1, 1)), axis), pair(params["kernel_size"], axis)
        stride = pair(params["stride"], axis)
        out = window_size(size, params, axis)
        lines.append(f"{letter}: ⌊({size} + {padding} − {dilation}·({kernel} − 1) − 1) / {stride}⌋ + 1 = {out}")
    return tuple(lines)


def flatten_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
    """``32 · 7 · 7 = 1568``."""
    if not inputs or len(inputs[0]) != 3:
        return ()
    channels, height, width = inputs[0]
    return (f"{channels} · {height} · {width} = {channels * height * width}",)
