"""Layers that bring values to a common scale."""

from __future__ import annotations

from cnnlab.core.messages import message as _
from cnnlab.core.params import Flag, Real
from cnnlab.core.shapes import MAPS, channels
from cnnlab.core.spec import Family, LayerSpec, Sign
from cnnlab.core.values import Frozen

BATCH_NORM = LayerSpec(
    key="batchnorm2d",
    title=_("BatchNorm2d"),
    family=Family.NORMALISATION,
    icon="mdi6.tune-vertical",
    stem="bn",
    words=_(
        "Shifts and scales each map to mean 0 and variance 1 over the batch, then by two learned numbers. In evaluation it "
        "uses running averages instead of the batch."
    ),
    params=(
        Real("eps", _("Epsilon"), _("Added to the variance, so that nothing is divided by zero."), 1e-5, low=0.0, high=1.0,
             above_low=True, advanced=True),
        Real("momentum", _("Momentum"), _("How fast the running averages follow the batch."), 0.1, low=0.0, high=1.0,
             advanced=True),
        Flag("affine", _("Learned scale and shift"), _("Two learned numbers for each map."), True, advanced=True),
    ),
    make="torch.nn.BatchNorm2d",
    from_input=Frozen({"num_features": channels}),
    accepts=(MAPS,),
    sign=Sign.SIGNED,
)  # fmt: skip

LAYERS = (BATCH_NORM,)
