"""Checks in our own words that several layers share; each is made before torch is asked.

A rule sees the parameters in normal form and the input shapes (without batch), and returns what is wrong or None. Where the
shapes do not matter it sees the parameters alone, and the form can refuse what it refuses.
"""

from __future__ import annotations

from cnnlab.core.catalog.formulas import padding_of, pair, reach_of, transposed_size, window_size
from cnnlab.core.catalog.spec import Params, Rule
from cnnlab.core.graph.shapes import MAPS, Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole


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


def groups_divide_inputs(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """The channels that arrive must split into the groups."""
    return _undivided(inputs[0][0], _("input channels"), params["groups"])


def groups_divide_filters(params: Params) -> Message | None:
    """The filters must split into the groups too."""
    return _undivided(params["out_channels"], _("filters"), params["groups"])


def groups_divide_channels(name: str) -> Rule:
    """The channels that arrive must split into as many groups as the setting ``name`` says."""
    return lambda params, inputs: _undivided(inputs[0][0], _("input channels"), params[name])


def _undivided(count: int, what: Message, groups: int) -> Message | None:
    if count % groups == 0:
        return None
    return _(
        "{count} {what} cannot be split into {groups} equal groups. Choose a number of groups that divides {count}.",
        count=whole(count), what=what, groups=whole(groups),
    )  # fmt: skip


def same_needs_stride_one(params: Params) -> Message | None:
    """PyTorch defines ``padding="same"`` for stride 1 only."""
    if params["padding"] == "same" and params["stride"] != (1, 1):
        return _(
            "padding “same” works with stride 1 only in PyTorch. Set the stride to 1, or give the padding as a number."
        )
    return None


def output_padding_is_small(params: Params) -> Message | None:
    """Rows beyond the last that any input pixel reaches would hold the bias alone; torch draws the line at stride or
    dilation, whichever is larger."""
    for axis in (0, 1):
        maximum = max(pair(params["stride"], axis), pair(params["dilation"], axis)) - 1
        if pair(params["output_padding"], axis) > maximum:
            return _(
                "the output padding must be smaller than the stride or the dilation: at most {maximum}, and {asked} are asked "
                "for.", maximum=maximum, asked=pair(params["output_padding"], axis),
            )  # fmt: skip
    return None


def transposed_leaves_pixels(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """The padding of a transposed convolution cuts off; something must be left."""
    for axis, side in enumerate((_("height"), _("width"))):
        size = transposed_size(inputs[0][1 + axis], params, axis)
        if size < 1:
            return _(
                "its padding of {padding} cuts off all of the output: a {side} of {size} would be left. Use less padding or "
                "a larger kernel.", padding=pair(params["padding"], axis), side=side, size=size,
            )  # fmt: skip
    return None


def padding_mode_fits(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Reflection cannot mirror more pixels than there are beside the edge; circular cannot wrap more than once."""
    mode = params["padding_mode"]
    for axis in (0, 1):
        size, maximum = inputs[0][1 + axis], max(padding_of(params, axis))
        limit = size - 1 if mode == "reflect" else size
        if mode in ("reflect", "circular") and maximum > limit:
            return _(
                "padding mode “{mode}” can add at most {limit} pixels to a side of {size}, and {maximum} are asked for. "
                "Use less padding, or the mode “zeros”.", mode=mode, limit=limit, size=size, maximum=maximum,
            )  # fmt: skip
    return None


def padding_under_half(params: Params) -> Message | None:
    """A pooling window must never lie wholly in the padding."""
    for axis in (0, 1):
        kernel, padding = pair(params["kernel_size"], axis), pair(params["padding"], axis)
        if 2 * padding > kernel:
            return _(
                "a padding of {padding} is more than half of the kernel of {kernel}. Use a padding of at most {maximum}.",
                padding=padding, kernel=kernel, maximum=kernel // 2,
            )  # fmt: skip
    return None


def windows_read_pixels(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A dilated window can step over a small picture and read padding alone; its maximum would be −∞, and torch lets that
    through. Only windows that start in the padding before the picture can."""
    for axis in (0, 1):
        size, stride = inputs[0][1 + axis], pair(params["stride"], axis)
        dilation, kernel = pair(params["dilation"], axis), pair(params["kernel_size"], axis)
        for start in range(-pair(params["padding"], axis), 0, stride):
            first = -(start // dilation)  # the first step of the window that is no longer before the picture
            if first >= kernel or start + first * dilation >= size:
                return _(
                    "with dilation {dilation} a window would read padding only, and nothing of the {size} that arrive. Use "
                    "less dilation or no padding.", dilation=dilation, size=show(inputs[0]),
                )  # fmt: skip
    return None


def mirror_fits(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A reflection without the edge itself cannot be as long as the side."""
    _channels, height, width = inputs[0]
    for name, size in (("left", width), ("right", width), ("top", height), ("bottom", height)):
        if params[name] >= size:
            return _(
                "a side of {size} can be mirrored by at most {maximum} pixels, and {asked} are asked for. Use less padding, or "
                "ReplicationPad2d.", size=size, maximum=size - 1, asked=params[name],
            )  # fmt: skip
    return None


def more_than_one_pixel(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A map of one pixel has no variance; torch refuses it in training."""
    if inputs[0][1:] == (1, 1):
        return _(
            "it normalises each map by itself, and the maps that arrive have one pixel only: nothing would be left of it. "
            "Place it where maps are larger, or use BatchNorm2d."
        )
    return None


def values_fill_maps(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A list of values makes whole maps only."""
    (count,), (height, width) = inputs[0], params["size"]
    if count % (height * width) == 0:
        return None
    return _(
        "{count} values do not fill maps of {height} × {width}. Choose a size that divides {count}.",
        count=whole(count), height=height, width=width,
    )  # fmt: skip


def form_has_channels(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """One number for each channel needs maps; torch would broadcast a list of values into something else."""
    if len(inputs[0]) != MAPS and params["form"] != "1":
        return _(
            "the form “{form}” is for maps, and a list of values arrives. Choose the form “1”, or place it before the Flatten "
            "layer.", form=params["form"],
        )  # fmt: skip
    return None


def numbers_for_channels(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """One number for all channels, or one for each."""
    for name, what in (("scale", _("factors")), ("shift", _("shifts"))):
        count, channels = len(params[name]), inputs[0][0]
        if count not in (1, channels):
            return _(
                "{count} {what} are given for {channels} channels. Give one for each channel, or one for all.",
                count=whole(count), what=what, channels=whole(channels),
            )  # fmt: skip
    return None


def equal_shapes(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A sum needs equal shapes; torch would broadcast silently."""
    if len(set(inputs)) > 1:
        return _("the inputs differ.")
    return None


def equal_or_one_pixel(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """A product needs equal shapes, or maps of one pixel as weights of the channels; torch would broadcast anything."""
    largest = max(inputs, key=lambda shape: (len(shape), shape[1:]))
    if all(shape == largest or (len(largest) == MAPS and shape == (largest[0], 1, 1)) for shape in inputs):
        return None
    return _("the inputs differ, and none is a single pixel for each channel.")


def equal_but_channels(params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Maps are stacked along the channels: rank, height and width must agree."""
    if len({shape[1:] for shape in inputs}) > 1 or len({len(shape) for shape in inputs}) > 1:
        return _("the inputs differ in more than their channels.")
    return None
