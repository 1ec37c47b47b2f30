"""Layers that make it harder to learn by heart."""

from __future__ import annotations

from cnnlab.core.messages import message as _
from cnnlab.core.params import Real
from cnnlab.core.spec import Family, LayerSpec

DROPOUT = LayerSpec(
    key="dropout",
    title=_("Dropout"),
    family=Family.REGULARISATION,
    icon="mdi6.water-off-outline",
    stem="dropout",
    words=_(
        "In training, sets a random share of the values to zero and scales up the rest. In evaluation it does nothing."
    ),
    params=(Real("p", _("Share dropped"), _("The probability that a value is set to zero."), 0.5, low=0.0, high=1.0),),
    make="torch.nn.Dropout",
    summary=lambda params: _("p = {value}", value=f"{params['p']:g}"),
)

LAYERS = (DROPOUT,)
