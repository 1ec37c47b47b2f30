"""Layers that only rearrange."""

from __future__ import annotations

from cnnlab.core.formulas import flatten_formula
from cnnlab.core.messages import message as _
from cnnlab.core.spec import Family, LayerSpec

FLATTEN = LayerSpec(
    key="flatten",
    title=_("Flatten"),
    family=Family.SHAPE,
    icon="mdi6.arrow-expand-horizontal",
    stem="flatten",
    words=_(
        "Lays all maps out as one list of values, channel by channel, row by row. Linear layers need it before them."
    ),
    make="torch.nn.Flatten",
    formula=flatten_formula,
)

IDENTITY = LayerSpec(
    key="identity",
    title=_("Identity"),
    family=Family.SHAPE,
    icon="mdi6.equal",
    stem="identity",
    words=_("Passes its input on unchanged. Useful as a shortcut, or to leave a place for another layer."),
    make="torch.nn.Identity",
)

LAYERS = (FLATTEN, IDENTITY)
