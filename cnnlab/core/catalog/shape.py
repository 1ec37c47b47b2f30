"""Layers that rearrange, enlarge or take apart."""

from __future__ import annotations

from typing import Any

from cnnlab.core.catalog import padding, rules
from cnnlab.core.catalog.formulas import flatten_formula, split_formula, unflattened_formula, upsampled_formula
from cnnlab.core.catalog.spec import MANY, Family, LayerSpec, Params, Sign
from cnnlab.core.graph.shapes import MAPS, VALUES, Shape
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Pair, Whole

FLATTEN = LayerSpec(
    key="flatten",
    title=_("Flatten"),
    family=Family.SHAPE,
    icon="mdi6.arrow-expand-horizontal",
    stem="flatten",
    description=_(
        "Writes all maps out as one list of values, channel by channel, row by row. Linear layers need it before them."
    ),
    make="torch.nn.Flatten",
    formula=flatten_formula,
)

_SIZE = Pair("size", _("Size"), _("Height × width of the maps it makes."), 1, low=1, high=1024)


def _unflatten_arguments(params: Params, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    height, width = params["size"]
    return {"height": height, "width": width}


UNFLATTEN = LayerSpec(
    key="unflatten",
    title=_("Unflatten"),
    family=Family.SHAPE,
    icon="mdi6.arrow-collapse-horizontal",
    stem="unflatten",
    description=_(
        "Writes a list of values out as maps of the size that you choose, the opposite of Flatten. With 1 × 1 each value becomes "
        "a map of its own, which can weigh whole channels."
    ),
    params=(_SIZE,),
    expr="{x}.unflatten(1, (-1, {height}, {width}))",
    as_arguments=_unflatten_arguments,
    accepts=(VALUES,),
    rules=(rules.values_fill_maps,),
    summary=lambda params: _("to {size}", size=_SIZE.show(params["size"])),
    formula=unflattened_formula,
)

_FACTOR = Pair("scale_factor", _("Factor"), _("How many times as high × wide the maps become."), 2, low=1, high=1024)


def _upsample_arguments(params: Params, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    # torch refuses align_corners, even False, where nothing is interpolated.
    return dict(params.without({"align_corners"}) if params["mode"] == "nearest" else params)


UPSAMPLE = LayerSpec(
    key="upsample",
    title=_("Upsample"),
    family=Family.SHAPE,
    icon="mdi6.magnify-plus-outline",
    stem="upsample",
    description=_(
        "Makes maps larger without learning: by repeating pixels (nearest) or by blending neighbours (bilinear, bicubic). "
        "Followed by a convolution it avoids the checkerboard patterns of transposed convolutions."
    ),
    params=(
        _FACTOR,
        Choice("mode", _("Mode"), _("Where new pixels come from."), "nearest", options=("nearest", "bilinear", "bicubic")),
        Flag("align_corners", _("Align corners"),
             _("Whether corner pixels keep their values exactly; for bilinear and bicubic."), False, advanced=True),
    ),
    make="torch.nn.Upsample",
    as_arguments=_upsample_arguments,
    accepts=(MAPS,),
    sign=Sign.SIGNED,  # bicubic overshoots
    summary=lambda params: _("×{factor} · {mode}", factor=_FACTOR.brief(params["scale_factor"]), mode=params["mode"]),
    formula=upsampled_formula,
)  # fmt: skip

CHANNEL_SHUFFLE = LayerSpec(
    key="channelshuffle",
    title=_("Channel shuffle"),
    family=Family.SHAPE,
    icon="mdi6.shuffle-variant",
    stem="shuffle",
    description=_(
        "Reorders the channels, one from each group in turn, always in the same order. After grouped convolutions it "
        "lets the groups see each other, as in ShuffleNet."
    ),
    params=(Whole("groups", _("Groups"), _("How many equal groups the channels form."), 2, low=1, high=65536),),
    expr="{x}.unflatten(1, ({groups}, -1)).transpose(1, 2).flatten(1, 2)",
    keeps_size=True,
    accepts=(MAPS,),
    rules=(rules.groups_divide_channels("groups"),),
    summary=lambda params: _("{count} groups", count=params["groups"]),
)

SPLIT = LayerSpec(
    key="split",
    title=_("Channel split"),
    family=Family.SHAPE,
    icon="mdi6.call-split",
    stem="split",
    description=_(
        "Cuts the channels into equal parts, one for each output, in order. Each part can go its own way until a Concatenate "
        "puts them together."
    ),
    params=(Whole("chunks", _("Parts"), _("How many outputs there are."), 2, low=2, high=MANY),),
    expr="torch.chunk({x}, {chunks}, dim=1)",
    outputs=MANY,
    outputs_param="chunks",
    accepts=(MAPS,),
    rules=(rules.groups_divide_channels("chunks"),),
    summary=lambda params: _("into {count}", count=params["chunks"]),
    formula=split_formula,
)

_ORDERS = {"0, 2, 3, 1": _("C × H × W to H × W × C"), "0, 3, 1, 2": _("H × W × C to C × H × W")}


def _permute_summary(params: Params) -> Message:
    return _ORDERS[params["order"]]


PERMUTE = LayerSpec(
    key="permute",
    title=_("Permute"),
    family=Family.SHAPE,
    icon="mdi6.swap-horizontal",
    stem="permute",
    description=_(
        "Puts the axes into another order; no value changes. “0, 2, 3, 1” moves the channels last, where LayerNorm and Linear "
        "look for them, and “0, 3, 1, 2” moves them back."
    ),
    params=(
        Choice("order", _("Order"), _("The axes in their new order; 0 is the batch."), "0, 2, 3, 1", options=tuple(_ORDERS)),
    ),
    expr="{x}.permute({order})",
    accepts=(MAPS,),
    summary=_permute_summary,
)  # fmt: skip

IDENTITY = LayerSpec(
    key="identity",
    title=_("Identity"),
    family=Family.SHAPE,
    icon="mdi6.equal",
    stem="identity",
    description=_("Passes its input on unchanged. Useful as a shortcut, or to leave a place for another layer."),
    make="torch.nn.Identity",
    keeps_size=True,
)

LAYERS = (FLATTEN, UNFLATTEN, *padding.LAYERS, UPSAMPLE, CHANNEL_SHUFFLE, SPLIT, PERMUTE, IDENTITY)
