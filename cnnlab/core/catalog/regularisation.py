"""Layers that counter overfitting."""

from __future__ import annotations

from cnnlab.core.catalog.spec import Family, LayerSpec, Params
from cnnlab.core.graph.shapes import MAPS
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Real


def _share_summary(params: Params) -> Message:
    return _("p = {value}", value=f"{params['p']:g}")


DROPOUT = LayerSpec(
    key="dropout",
    title=_("Dropout"),
    family=Family.REGULARISATION,
    icon="mdi6.water-off-outline",
    stem="dropout",
    description=_(
        "In training, sets a random fraction of the values to zero and scales up the rest. In evaluation it does nothing."
    ),
    params=(
        Real("p", _("Drop probability"), _("The probability that a value is set to zero."), 0.5, low=0.0, high=1.0),
    ),
    make="torch.nn.Dropout",
    keeps_size=True,
    summary=_share_summary,
)

DROPOUT2D = LayerSpec(
    key="dropout2d",
    title=_("Dropout2d"),
    family=Family.REGULARISATION,
    icon="mdi6.water-off",
    stem="dropout",
    description=_(
        "In training, sets a random fraction of whole maps to zero and scales up the rest. Neighbouring pixels are alike, so "
        "dropping single ones would hide little."
    ),
    params=(Real("p", _("Drop probability"), _("The probability that a map is set to zero."), 0.5, low=0.0, high=1.0),),
    make="torch.nn.Dropout2d",
    keeps_size=True,
    accepts=(MAPS,),
    summary=_share_summary,
)

STOCHASTIC_DEPTH = LayerSpec(
    key="stochasticdepth",
    title=_("Stochastic depth"),
    family=Family.REGULARISATION,
    icon="mdi6.stairs",
    stem="stochastic_depth",
    description=_(
        "In training, switches a whole residual branch off for some pictures, at random, and scales it up for the others. So "
        "deep nets train as if they were shallower; in evaluation it does nothing."
    ),
    params=(
        Real("p", _("Drop probability"), _("The probability that the branch is off."), 0.1, low=0.0, high=1.0),
        Choice(
            "mode",
            _("Drawn for"),
            _("“row” draws for each picture, “batch” once for the whole batch."),
            "row",
            options=("row", "batch"),
        ),
    ),
    make="torchvision.ops.StochasticDepth",
    keeps_size=True,
    summary=_share_summary,
)

LAYERS = (DROPOUT, DROPOUT2D, STOCHASTIC_DEPTH)
