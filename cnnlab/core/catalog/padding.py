"""Layers that add pixels around the maps, a number for each side, or maps of zeros beside them."""

from __future__ import annotations

from cnnlab.core.catalog import rules
from cnnlab.core.catalog.formulas import padded_channels_formula, padded_formula
from cnnlab.core.catalog.spec import Family, LayerSpec, Params
from cnnlab.core.graph.shapes import MAPS, Shape
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Whole

_SIDES = (
    Whole("left", _("Left"), _("Columns added on the left."), 1, low=0, high=512),
    Whole("right", _("Right"), _("Columns added on the right."), 1, low=0, high=512),
    Whole("top", _("Top"), _("Rows added at the top."), 1, low=0, high=512),
    Whole("bottom", _("Bottom"), _("Rows added at the bottom."), 1, low=0, high=512),
)


def _as_tuple(params: Params, inputs: tuple[Shape, ...]) -> dict[str, tuple[int, ...]]:
    return {"padding": tuple(params[side.name] for side in _SIDES)}


def _summary(params: Params) -> Message:
    if len({params[side.name] for side in _SIDES}) == 1:
        return _("{count} on each side", count=params["left"])
    return _("left {left} · right {right} · top {top} · bottom {bottom}", **params)


ZERO_PAD = LayerSpec(
    key="zeropad2d",
    title=_("ZeroPad2d"),
    family=Family.SHAPE,
    icon="mdi6.border-outside",
    stem="pad",
    description=_(
        "Adds rows and columns of zeros around each map. Unlike a convolution's own padding, each side has its own number."
    ),
    params=_SIDES,
    make="torch.nn.ZeroPad2d",
    as_arguments=_as_tuple,
    accepts=(MAPS,),
    summary=_summary,
    formula=padded_formula,
)  # fmt: skip

REFLECTION_PAD = LayerSpec(
    key="reflectionpad2d",
    title=_("ReflectionPad2d"),
    family=Family.SHAPE,
    icon="mdi6.mirror",
    stem="pad",
    description=_("Adds what a mirror at each edge would show, without the edge itself. So no artificial dark border comes in."),
    params=_SIDES,
    make="torch.nn.ReflectionPad2d",
    as_arguments=_as_tuple,
    accepts=(MAPS,),
    rules=(rules.mirror_fits,),
    summary=_summary,
    formula=padded_formula,
)  # fmt: skip

REPLICATION_PAD = LayerSpec(
    key="replicationpad2d",
    title=_("ReplicationPad2d"),
    family=Family.SHAPE,
    icon="mdi6.border-style",
    stem="pad",
    description=_(
        "Repeats the outermost row or column of each map as often as you say. The border then looks like the edge beside it."
    ),
    params=_SIDES,
    make="torch.nn.ReplicationPad2d",
    as_arguments=_as_tuple,
    accepts=(MAPS,),
    summary=_summary,
    formula=padded_formula,
)  # fmt: skip

PAD_CHANNELS = LayerSpec(
    key="padchannels",
    title=_("Pad channels"),
    family=Family.SHAPE,
    icon="mdi6.layers-outline",
    stem="pad",
    description=_(
        "Adds maps of zeros before and after the maps of its input. A shortcut without weights reaches more maps this way, as "
        "in the residual networks for CIFAR-10."
    ),
    params=(
        Whole("before", _("Before"), _("Maps of zeros before the first map."), 0, low=0, high=65536),
        Whole("after", _("After"), _("Maps of zeros after the last map."), 1, low=0, high=65536),
    ),
    expr="torch.nn.functional.pad({x}, (0, 0, 0, 0, {before}, {after}))",
    accepts=(MAPS,),
    summary=lambda params: _("{before} before · {after} after", **params),
    formula=padded_channels_formula,
)  # fmt: skip

LAYERS = (ZERO_PAD, REFLECTION_PAD, REPLICATION_PAD, PAD_CHANNELS)
