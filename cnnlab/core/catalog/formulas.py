"""Output sizes as arithmetic a person can follow.

Source: the "Shape" sections of torch.nn.Conv2d, torch.nn.ConvTranspose2d and torch.nn.MaxPool2d. For a sliding window
H_out = ⌊(H_in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
"""

from __future__ import annotations

from typing import Any

from cnnlab.core.catalog.spec import FormulaLine, Params
from cnnlab.core.graph.shapes import MAPS, VALUES, Shape
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _

_AXES = (("H", 0), ("W", 1))
"""Letter and number of each axis of a map."""


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
    return _windows(size, params, axis) - starts_in_padding(size, params, axis)


def starts_in_padding(size: int, params: Params, axis: int) -> bool:
    """Whether ``ceil_mode`` makes a last window that starts behind the last pixel; torch leaves it out."""
    before, _after = padding_of(params, axis)
    last = (_windows(size, params, axis) - 1) * pair(params["stride"], axis)
    return params.get("ceil_mode", False) and last >= size + before


def _windows(size: int, params: Params, axis: int) -> int:
    stride = pair(params["stride"], axis)
    room = size + sum(padding_of(params, axis)) - reach_of(params, axis)
    return (room + (stride - 1 if params.get("ceil_mode", False) else 0)) // stride + 1


def unread(size: int, params: Params, axis: int) -> int:
    """How many of the last rows (or columns), padding included, no window ever reads, because the division is floored."""
    read = (window_size(size, params, axis) - 1) * pair(params["stride"], axis) + reach_of(params, axis)
    return max(0, size + sum(padding_of(params, axis)) - read)


def window_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``H: ⌊(28 + 2·0 − 1·(3 − 1) − 1) / 1⌋ + 1 = 26`` for a sliding window, and the same for the width ``W``. With
    ``ceil_mode`` it is ⌈…⌉, and less 1 where the last window would start in the padding."""
    if not _maps(inputs):
        return ()
    lines = []
    opening, closing = "⌈⌉" if params.get("ceil_mode", False) else "⌊⌋"
    for letter, axis in _AXES:
        size = inputs[0][1 + axis]
        before, after = padding_of(params, axis)
        padding = f"2·{before}" if before == after else f"{before} + {after}"
        dilation, kernel = pair(params.get("dilation", (1, 1)), axis), pair(params["kernel_size"], axis)
        stride = pair(params["stride"], axis)
        less = " − 1" if starts_in_padding(size, params, axis) else ""
        division = f"{opening}({size} + {padding} − {dilation}·({kernel} − 1) − 1) / {stride}{closing}"
        lines.append(f"{letter}: {division} + 1{less} = {window_size(size, params, axis)}")
    return tuple(lines)


def window_remark(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Where the window leaves pixels out, or where the padding is uneven; None for an even fit."""
    if not _maps(inputs):
        return None
    if any(before != after for before, after in (padding_of(params, axis) for _letter, axis in _AXES)):
        return _(
            "An even kernel has no middle: to keep the size, “same” adds one pixel more behind (below, on the right) than "
            "before."
        )
    if any(starts_in_padding(inputs[0][1 + axis], params, axis) for _letter, axis in _AXES):
        return _("The last window would start in the padding, so PyTorch leaves it out (− 1).")
    return _left_out(params, inputs[0])


def _left_out(params: Params, size: Shape) -> Message | None:
    """Which pixels of the input no window reads, because the last step does not fit."""
    rows, columns = (max(0, unread(size[1 + axis], params, axis) - padding_of(params, axis)[1]) for axis in (0, 1))
    if not rows and not columns:
        return None
    if rows == columns == 1:
        what = _("The last row and the last column of the input are")
    elif rows and columns:
        what = _("The last {rows} rows and the last {columns} columns of the input are", rows=rows, columns=columns)
    elif rows:
        what = _("The last row of the input is") if rows == 1 else _("The last {rows} rows of the input are", rows=rows)
    else:
        what = (
            _("The last column of the input is")
            if columns == 1
            else _("The last {columns} columns of the input are", columns=columns)
        )
    return _("{what} never read: the next step of the window would not fit.", what=what)


def transposed_size(size: int, params: Params, axis: int) -> int:
    """The output size of a transposed convolution along one axis; zero or less if the padding cuts all of it off."""
    grown = (size - 1) * pair(params["stride"], axis) + reach_of(params, axis)
    return grown - 2 * pair(params["padding"], axis) + pair(params["output_padding"], axis)


def transposed_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``H: (7 − 1)·2 − 2·0 + 1·(2 − 1) + 0 + 1 = 14``, and the same for ``W``."""
    if not _maps(inputs):
        return ()
    lines = []
    for letter, axis in _AXES:
        size = inputs[0][1 + axis]
        numbers = {name: pair(params[name], axis) for name in ("stride", "padding", "dilation", "kernel_size")}
        arithmetic = "({size} − 1)·{stride} − 2·{padding} + {dilation}·({kernel_size} − 1) + {extra} + 1".format(
            size=size, extra=pair(params["output_padding"], axis), **numbers
        )
        lines.append(f"{letter}: {arithmetic} = {transposed_size(size, params, axis)}")
    return tuple(lines)


def adaptive_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``H: 28 in windows of 4 → 7``. Window ``i`` reaches from ⌊i·in/out⌋ to ⌈(i + 1)·in/out⌉, so sizes may differ by one."""
    if not _maps(inputs):
        return ()
    lines: list[FormulaLine] = []
    for letter, axis in _AXES:
        size, out = inputs[0][1 + axis], pair(params["output_size"], axis)
        sizes = [-(-(place + 1) * size // out) - place * size // out for place in range(out)]
        windows = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)}…{max(sizes)}"
        lines.append(
            _("{letter}: {size} in windows of {windows} → {out}", letter=letter, size=size, windows=windows, out=out)
        )
    return tuple(lines)


def global_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``one mean over 7 · 7 = 49 pixels for each map → 64``."""
    if not _maps(inputs):
        return ()
    channels, height, width = inputs[0]
    return (
        _(
            "one mean over {height} · {width} = {count} pixels for each map → {channels}",
            height=height, width=width, count=height * width, channels=channels,
        ),
    )  # fmt: skip


def padded_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``H: 28 + 1 + 2 = 31`` for padding by sides."""
    if not _maps(inputs):
        return ()
    _channels, height, width = inputs[0]
    left, right, top, bottom = (params[side] for side in ("left", "right", "top", "bottom"))
    return (
        f"H: {height} + {top} + {bottom} = {height + top + bottom}",
        f"W: {width} + {left} + {right} = {width + left + right}",
    )


def padded_channels_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``C: 0 + 16 + 16 = 32``."""
    if not inputs:
        return ()
    channels, before, after = inputs[0][0], params["before"], params["after"]
    return (f"C: {before} + {channels} + {after} = {before + channels + after}",)


def upsampled_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``H: 14 · 2 = 28``."""
    if not _maps(inputs):
        return ()
    lines = []
    for letter, axis in _AXES:
        size, factor = inputs[0][1 + axis], pair(params["scale_factor"], axis)
        lines.append(f"{letter}: {size} · {factor} = {size * factor}")
    return tuple(lines)


def flatten_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``32 · 7 · 7 = 1568``."""
    if not _maps(inputs):
        return ()
    channels, height, width = inputs[0]
    return (f"{channels} · {height} · {width} = {channels * height * width}",)


def unflattened_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``C: 128 / (2 · 2) = 32``."""
    if not inputs or len(inputs[0]) != VALUES:
        return ()
    height, width = params["size"]
    return (f"C: {inputs[0][0]} / ({height} · {width}) = {inputs[0][0] // (height * width)}",)


def stacked_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``C: 64 + 32 = 96`` of inputs stacked along the channels."""
    if not inputs:
        return ()
    counts = [shape[0] for shape in inputs]
    return (f"C: {' + '.join(map(str, counts))} = {sum(counts)}",)


def split_formula(params: Params, inputs: tuple[Shape, ...]) -> tuple[FormulaLine, ...]:
    """``C: 64 / 2 = 32``."""
    if not inputs:
        return ()
    channels, chunks = inputs[0][0], params["chunks"]
    return (f"C: {channels} / {chunks} = {channels // chunks}",)


def _maps(inputs: tuple[Shape, ...]) -> bool:
    return bool(inputs) and len(inputs[0]) == MAPS
