"""Functions applied to every value by itself, and softmax, which makes percentages."""

from __future__ import annotations

from typing import Any

from cnnlab.core.catalog.spec import Family, LayerSpec, Params, Sign
from cnnlab.core.graph.shapes import VALUES, Shape, last_axis
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Real
from cnnlab.core.values import Frozen

RELU = LayerSpec(
    key="relu",
    title=_("ReLU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="relu",
    description=_(
        "Sets every negative value to zero and leaves the others as they are: max(0, x). It is cheap, and its gradient does not "
        "fade where a unit is active, so deep nets can be trained."
    ),
    make="torch.nn.ReLU",
    keeps_size=True,
    sign=Sign.NONNEGATIVE,
)

LEAKY_RELU = LayerSpec(
    key="leakyrelu",
    title=_("LeakyReLU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="relu",
    description=_("Like ReLU, but negative values are made small instead of zero. So no unit goes dead."),
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
    keeps_size=True,
    summary=lambda params: _("slope {value}", value=f"{params['negative_slope']:g}"),
)

RELU6 = LayerSpec(
    key="relu6",
    title=_("ReLU6"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="relu",
    description=_(
        "Like ReLU, but cut off at 6: min(max(0, x), 6). Small nets for phones use it, since its values fit into few bits."
    ),
    make="torch.nn.ReLU6",
    keeps_size=True,
    sign=Sign.NONNEGATIVE,
)  # fmt: skip


def _prelu_arguments(params: Params, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    return {"num_parameters": inputs[0][0] if params["per"] == "channel" else 1, "init": params["init"]}


PRELU = LayerSpec(
    key="prelu",
    title=_("PReLU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="prelu",
    description=_("Like LeakyReLU, but the slope below zero is learned. There is one slope for all channels, or one for each."),
    params=(
        Choice("per", _("Slopes"), _("Whether all channels share one slope, or each has its own."), "one",
               options=("one", "channel")),
        Real("init", _("Starts at"), _("The slope before training."), 0.25, low=-1.0, high=1.0),
    ),
    make="torch.nn.PReLU",
    keeps_size=True,
    as_arguments=_prelu_arguments,
    summary=lambda params: _("one slope") if params["per"] == "one" else _("a slope for each channel"),
)  # fmt: skip

ELU = LayerSpec(
    key="elu",
    title=_("ELU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="elu",
    description=_(
        "Leaves positive values as they are and bends negative ones towards −α: α · (eˣ − 1). So the mean stays near zero."
    ),
    params=(Real("alpha", _("Alpha"), _("How far below zero it can go."), 1.0, low=0.0, high=100.0),),
    make="torch.nn.ELU",
    keeps_size=True,
    summary=lambda params: _("α = {value}", value=f"{params['alpha']:g}"),
)  # fmt: skip

GELU = LayerSpec(
    key="gelu",
    title=_("GELU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-bell-curve",
    stem="gelu",
    description=_(
        "Multiplies each value by the probability that a normal number lies below it: x · Φ(x). It is a ReLU with a soft "
        "corner; ConvNeXt uses it."
    ),
    params=(
        Choice(
            "approximate",
            _("Approximation"),
            _("“tanh” is a formula that is faster and almost the same."),
            "none",
            options=("none", "tanh"),
            advanced=True,
        ),
    ),
    make="torch.nn.GELU",
    keeps_size=True,
)

SILU = LayerSpec(
    key="silu",
    title=_("SiLU"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="silu",
    description=_("Multiplies each value by its own sigmoid: x / (1 + e⁻ˣ). Also called Swish; EfficientNet uses it."),
    make="torch.nn.SiLU",
    keeps_size=True,
)

HARDSWISH = LayerSpec(
    key="hardswish",
    title=_("Hardswish"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-line-variant",
    stem="hardswish",
    description=_(
        "SiLU made of straight pieces: x · ReLU6(x + 3) / 6. It is cheaper, which is why MobileNetV3 uses it."
    ),
    make="torch.nn.Hardswish",
    keeps_size=True,
)

SIGMOID = LayerSpec(
    key="sigmoid",
    title=_("Sigmoid"),
    family=Family.ACTIVATION,
    icon="mdi6.chart-bell-curve-cumulative",
    stem="sigmoid",
    description=_(
        "Squeezes every value into 0…1: 1 / (1 + e⁻ˣ). Far from zero it is flat, and gradients get small there."
    ),
    make="torch.nn.Sigmoid",
    keeps_size=True,
    sign=Sign.NONNEGATIVE,
)

HARDSIGMOID = LayerSpec(
    key="hardsigmoid",
    title=_("Hardsigmoid"),
    family=Family.ACTIVATION,
    icon="mdi6.stairs-up",
    stem="hardsigmoid",
    description=_(
        "Sigmoid made of straight pieces: ReLU6(x + 3) / 6. It is cheaper, and exactly 0 below −3 and 1 above 3."
    ),
    make="torch.nn.Hardsigmoid",
    keeps_size=True,
    sign=Sign.NONNEGATIVE,
)

TANH = LayerSpec(
    key="tanh",
    title=_("Tanh"),
    family=Family.ACTIVATION,
    icon="mdi6.sine-wave",
    stem="tanh",
    description=_("Squeezes every value into −1…1 and keeps its sign. LeNet used it before ReLU was common."),
    make="torch.nn.Tanh",
    keeps_size=True,
)

SOFTPLUS = LayerSpec(
    key="softplus",
    title=_("Softplus"),
    family=Family.ACTIVATION,
    icon="mdi6.trending-up",
    stem="softplus",
    description=_("A ReLU without a corner, never quite zero: ln(1 + eᵝˣ) / β. Its slope is the sigmoid."),
    params=(
        Real("beta", _("Beta"), _("How sharp the bend is."), 1.0, low=0.0, high=1000.0, above_low=True),
        Real("threshold", _("Threshold"), _("From β·x above this on, it is x itself."), 20.0, low=0.0, high=1000.0,
             advanced=True),
    ),
    make="torch.nn.Softplus",
    keeps_size=True,
    sign=Sign.NONNEGATIVE,
)  # fmt: skip

SOFTMAX = LayerSpec(
    key="softmax",
    title=_("Softmax"),
    family=Family.ACTIVATION,
    icon="mdi6.percent-outline",
    stem="softmax",
    description=_(
        "Turns logits into probabilities that add up to 1. The loss and the display already do this: as the last layer before the "
        "output it would be applied twice and slow the training down."
    ),
    make="torch.nn.Softmax",
    keeps_size=True,
    from_input=Frozen({"dim": last_axis}),
    accepts=(VALUES,),
    sign=Sign.NONNEGATIVE,
)

LOG_SOFTMAX = LayerSpec(
    key="logsoftmax",
    title=_("LogSoftmax"),
    family=Family.ACTIVATION,
    icon="mdi6.math-log",
    stem="logsoftmax",
    description=_(
        "The logarithm of softmax, in one step that cannot overflow. The loss NLL asks for it before the output; cross-entropy "
        "applies it itself and gives the same with it, since doing it twice is the same as once."
    ),
    make="torch.nn.LogSoftmax",
    keeps_size=True,
    from_input=Frozen({"dim": last_axis}),
    accepts=(VALUES,),
    sign=Sign.SIGNED,
)

LAYERS = (
    RELU,
    RELU6,
    LEAKY_RELU,
    PRELU,
    ELU,
    GELU,
    SILU,
    HARDSWISH,
    SIGMOID,
    HARDSIGMOID,
    TANH,
    SOFTPLUS,
    SOFTMAX,
    LOG_SOFTMAX,
)
