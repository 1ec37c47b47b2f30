"""Layers that multiply by numbers of their own: learned ones, or fixed ones."""

from __future__ import annotations

from typing import Any

from cnnlab.core.catalog import rules
from cnnlab.core.catalog.spec import Family, LayerSpec, Params, Sign
from cnnlab.core.graph.shapes import MAPS, Shape
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Numbers, Real


def _scale_arguments(params: Params, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    channels = inputs[0][0]
    shape = {"C, 1, 1": (channels, 1, 1), "1, C, 1, 1": (1, channels, 1, 1), "1": (1,)}[params["form"]]
    return {"shape": shape, "initial": params["initial"]}


def _scale_summary(params: Params) -> Message:
    return _("starts at {value}", value=f"{params['initial']:g}")


SCALE = LayerSpec(
    key="scale",
    title=_("Scale"),
    family=Family.NORMALISATION,
    icon="mdi6.scale-balance",
    stem="scale",
    description=_(
        "Multiplies each channel, or everything, by a learned number. Started near zero, it lets a residual branch grow in "
        "slowly, as ConvNeXt does."
    ),
    params=(
        Choice("form", _("Form"), _("The shape of the learned numbers: one for each channel C, or a single one."), "C, 1, 1",
               options=("C, 1, 1", "1, C, 1, 1", "1")),
        Real("initial", _("Starts at"), _("What the numbers are before training."), 1.0, low=-1000.0, high=1000.0),
    ),
    expr="{x} * {weight}",
    keeps_size=True,
    weight="torch.full({shape}, {initial})",
    as_arguments=_scale_arguments,
    rules=(rules.form_has_channels,),
    sign=Sign.SIGNED,
    summary=_scale_summary,
)  # fmt: skip

NORMALISE = LayerSpec(
    key="normalise",
    title=_("Normalise"),
    family=Family.NORMALISATION,
    icon="mdi6.contrast-box",
    stem="normalise",
    description=_(
        "Multiplies each channel by a fixed number and adds another; nothing is learned. Networks have it at their start "
        "where they expect pictures prepared in another way."
    ),
    params=(
        Numbers("scale", _("Factors"), _("One for each channel, with commas between them, or one for all."), (1.0,)),
        Numbers("shift", _("Shifts"), _("One for each channel, with commas between them, or one for all."), (0.0,)),
    ),
    expr="{x} * {x}.new_tensor({scale}).view(-1, 1, 1) + {x}.new_tensor({shift}).view(-1, 1, 1)",
    keeps_size=True,
    accepts=(MAPS,),
    rules=(rules.numbers_for_channels,),
    sign=Sign.SIGNED,
)

LAYERS = (SCALE, NORMALISE)
