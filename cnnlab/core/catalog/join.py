"""Layers with several inputs, in order."""

from __future__ import annotations

from cnnlab.core.catalog import rules
from cnnlab.core.catalog.formulas import stacked_formula
from cnnlab.core.catalog.spec import MANY, Family, LayerSpec
from cnnlab.core.messages import message as _

ADD = LayerSpec(
    key="add",
    title=_("Add"),
    family=Family.JOIN,
    icon="mdi6.plus-circle-outline",
    stem="add",
    description=_(
        "Adds its inputs value by value. All inputs must have the same size; this is the shortcut of a residual net."
    ),
    expr="{sum}",
    keeps_size=True,
    inputs=(2, MANY),
    rules=(rules.equal_shapes,),
)

MULTIPLY = LayerSpec(
    key="multiply",
    title=_("Multiply"),
    family=Family.JOIN,
    icon="mdi6.close-circle-outline",
    stem="multiply",
    description=_(
        "Multiplies its inputs value by value. An input of 1 × 1 maps weighs whole channels of the others, as in "
        "squeeze-and-excitation."
    ),
    expr="{product}",
    inputs=(2, MANY),
    rules=(rules.equal_or_one_pixel,),
)

CONCATENATE = LayerSpec(
    key="concatenate",
    title=_("Concatenate"),
    family=Family.JOIN,
    icon="mdi6.layers-plus",
    stem="concat",
    description=_(
        "Stacks the maps of its inputs, in the order of its ports. Height and width must agree; channels add up."
    ),
    expr="torch.cat([{xs}], dim=1)",
    inputs=(2, MANY),
    rules=(rules.equal_but_channels,),
    formula=stacked_formula,
)

LAYERS = (ADD, MULTIPLY, CONCATENATE)
