"""Layers that add pixels around the maps, a number for each side."""

from __future__ import annotations

from cnnlab.core.catalog import rules
from cnnlab.core.formulas import padded_formula
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Whole
from cnnlab.core.shapes import MAPS, Shape
from cnnlab.core.spec import Family, LayerSpec, Params

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
    words=_("Adds rows and columns of zeros around each map. Unlike a convolution's own padding, each side has its own number."),
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
    words=_("Adds what a mirror at each edge would show, without the edge itself. So no artificial dark border comes in."),
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
    words=_("Repeats the outermost row or column of each map as often as you say. The border then looks like the edge beside it."),
    params=_SIDES,
    make="torch.nn.ReplicationPad2d",
    as_arguments=_as_tuple,
    accepts=(MAPS,),
    summary=_summary,
    formula=padded_formula,
)  # fmt: skip

LAYERS = (ZERO_PAD, REFLECTION_PAD, REPLICATION_PAD)
