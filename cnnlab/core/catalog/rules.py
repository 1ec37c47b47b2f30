"""Checks in our own words that several layers share; each is made before torch is asked.

A rule sees the parameters in normal form and the input shapes (without batch), and returns what is wrong or None.
"""

from __future__ import annotations

from cnnlab.core.formulas import padding_of, pair, reach_of, window_size
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.shapes import Shape, show
from cnnlab.core.spec import Params


def kernel_fits(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """The (dilated) kernel must fit into the padded picture."""
    for axis, side in enumerate((_("high"), _("wide"))):
        size = inputs[0][1 + axis]
        if window_size(size, params, axis) >= 1:
            continue
        before, after = padding_of(params, axis)
        return _(
            "its kernel reaches over {reach} pixels, but the {size} that arrive are {pixels} {side} ({pixels} + {before} + "
            "{after} − {reach} < 0). Use a smaller kernel, more padding, or remove a pooling layer before it.",
            reach=reach_of(params, axis), size=show(inputs[0]), pixels=size, side=side, before=before, after=after,
        )  # fmt: skip
    return None


def groups_divide(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Input and output channels must both split into the groups."""
    groups = params["groups"]
    for count, what in ((inputs[0][0], _("input channels")), (params["out_channels"], _("filters"))):
        if count % groups:
            return _(
                "{count} {what} cannot be split into {groups} equal groups. Choose a number of groups that divides {count}.",
                count=count, what=what, groups=groups,
            )  # fmt: skip
    return None


def same_needs_stride_one(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """PyTorch defines ``padding="same"`` for stride 1 only."""
    if params["padding"] == "same" and params["stride"] != (1, 1):
        return _(
            "padding “same” works with stride 1 only in PyTorch. Set the stride to 1, or give the padding as a number."
        )
    return None


def padding_mode_fits(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Reflection cannot mirror more pixels than there are beside the edge; circular cannot wrap more than once."""
    mode = params["padding_mode"]
    for axis in (0, 1):
        size, most = inputs[0][1 + axis], max(padding_of(params, axis))
        limit = size - 1 if mode == "reflect" else size
        if mode in ("reflect", "circular") and most > limit:
            return _(
                "padding mode “{mode}” can add at most {limit} pixels to a side of {size}, and {most} are asked for. "
                "Use less padding, or the mode “zeros”.", mode=mode, limit=limit, size=size, most=most,
            )  # fmt: skip
    return None


def padding_under_half(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A pooling window must never lie wholly in the padding."""
    for axis in (0, 1):
        kernel, padding = pair(params["kernel_size"], axis), pair(params["padding"], axis)
        if 2 * padding > kernel:
            return _(
                "a padding of {padding} is more than half of the kernel of {kernel}. Use a padding of at most {most}.",
                padding=padding, kernel=kernel, most=kernel // 2,
            )  # fmt: skip
    return None


def equal_shapes(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A sum needs equal shapes; torch would broadcast silently."""
    if len(set(inputs)) > 1:
        return _("the inputs differ.")
    return None


def equal_but_channels(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Maps are stacked along the channels: rank, height and width must agree."""
    if len({shape[1:] for shape in inputs}) > 1 or len({len(shape) for shape in inputs}) > 1:
        return _("the inputs differ in more than their channels.")
    return None
