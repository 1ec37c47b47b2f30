"""Functions applied to every value by itself, and softmax, which makes percentages."""

from __future__ import annotations

from cnnlab.core.messages import message as _
from cnnlab.core.params import Real
from cnnlab.core.shapes import VALUES, last_axis
from cnnlab.core.spec import Family, LayerSpec, Sign
from cnnlab.core.values import Frozen

RELU = LayerSpec(
    key="relu",
    title=_("ReLU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="relu",
    words=_("Sets every negative value to zero and leaves the others as they are: max(0, x)."),
    make="torch.nn.ReLU",
    sign=Sign.NONNEGATIVE,
)

LEAKY_RELU = LayerSpec(
    key="leakyrelu",
    title=_("LeakyReLU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="relu",
    words=_("Like ReLU, but negative values are made small instead of zero. So no unit goes dead."),
    params=(
        Real(
            "negative_slope",
            _("Slope below zero"),
            _("What negative values are multiplied by."),
            0.01,
            low=0.0,
            high=1.0,
        ),
    ),
    make="torch.nn.LeakyReLU",
    summary=lambda params: _("slope {value}", value=f"{params['negative_slope']:g}"),
)

SIGMOID = LayerSpec(
    key="sigmoid",
    title=_("Sigmoid"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-bell-curve-cumulative",
    stem="sigmoid",
    words=_("Squeezes every value into 0…1: 1 / (1 + e⁻ˣ). Far from zero it is flat, and gradients get small there."),
    make="torch.nn.Sigmoid",
    sign=Sign.NONNEGATIVE,
)

TANH = LayerSpec(
    key="tanh",
    title=_("Tanh"),
    family=Family.ACTIVATION,
    icon="mdi6.sine-wave",
    stem="tanh",
    words=_("Squeezes every value into −1…1 and keeps its sign. LeNet used it before ReLU was common."),
    make="torch.nn.Tanh",
)

SOFTMAX = LayerSpec(
    key="softmax",
    title=_("Softmax"),
    family=Family.ACTIVATION,
    icon="mdi6.percent-outline",
    stem="softmax",
    words=_(
        "Turns logits into shares that add up to 1. The loss and the display already do this: as the last layer before the "
        "output it would be applied twice and slow the training down."
    ),
    make="torch.nn.Softmax",
    from_input=Frozen({"dim": last_axis}),
    accepts=(VALUES,),
    sign=Sign.NONNEGATIVE,
)

LAYERS = (RELU, LEAKY_RELU, SIGMOID, TANH, SOFTMAX)
