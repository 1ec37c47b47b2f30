"""Layers that learn features: convolutions and full connection."""

from __future__ import annotations

import math

from cnnlab.core.catalog import rules
from cnnlab.core.catalog.formulas import transposed_formula, window_formula, window_remark
from cnnlab.core.catalog.spec import Family, LayerSpec, Params, Sign
from cnnlab.core.graph.shapes import MAPS, VALUES, Shape, channels, features
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Pair, Whole
from cnnlab.core.values import Frozen

# Multiply–accumulate operations for one picture; a bias adds none. Source: torch.utils.flop_counter, which counts two for each.


def _convolution_macs(params: Params, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Every output value is a sum over one window of the input channels of its group."""
    return math.prod(output) * inputs[0][0] // params["groups"] * math.prod(params["kernel_size"])


def _transposed_macs(params: Params, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Every input value is spread over one window of the filters of its group."""
    return math.prod(inputs[0]) * params["out_channels"] // params["groups"] * math.prod(params["kernel_size"])


def _linear_macs(params: Params, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Every output value is a sum over the last axis of the input."""
    return math.prod(output) * inputs[0][-1]


def _conv_summary(params: Params) -> Message:
    def brief(name: str) -> str:
        param = CONV2D.param(name)
        return param.brief(params[name]) if isinstance(param, Pair) else param.show(params[name])

    kernel = CONV2D.param("kernel_size").show(params["kernel_size"])
    line = _(
        "{filters} · {kernel} · pad {padding}", filters=brief("out_channels"), kernel=kernel, padding=brief("padding")
    )
    if params["stride"] != (1, 1):
        line = _("{line} · stride {value}", line=line, value=brief("stride"))
    if params["dilation"] != (1, 1):
        line = _("{line} · dilation {value}", line=line, value=brief("dilation"))
    if params["groups"] != 1:
        line = _("{line} · {value} groups", line=line, value=brief("groups"))
    return line


def _linear_summary(params: Params) -> Message:
    count = params["out_features"]
    return _("1 output") if count == 1 else _("{count} outputs", count=count)


CONV2D = LayerSpec(
    key="conv2d",
    title=_("Conv2d"),
    family=Family.FEATURES,
    icon="mdi6.grid",
    stem="conv",
    description=_(
        "Slides each filter over the picture and writes, at every place, the sum of window × kernel over all input "
        "channels, plus a bias. One filter makes one feature map."
    ),
    params=(
        Whole("out_channels", _("Filters"), _("How many feature maps it makes."), 32, low=1, high=65536),
        Pair("kernel_size", _("Kernel"), _("Height × width of the window."), 3, low=1, high=1024),
        Pair("stride", _("Stride"), _("How far the window moves between two places."), 1, low=1, high=1024),
        Pair("padding", _("Padding"), _("Pixels added around the picture; “same” keeps the size."), 0, low=0, high=1024,
             keywords=("same",)),
        Pair("dilation", _("Dilation"), _("Distance between the pixels that the kernel reads."), 1, low=1, high=1024,
             advanced=True),
        Whole("groups", _("Groups"), _("Splits the channels into groups that do not see each other."), 1, low=1, high=65536,
              advanced=True),
        Choice("padding_mode", _("Padding mode"), _("What the added pixels hold."), "zeros",
               options=("zeros", "reflect", "replicate", "circular"), advanced=True),
        Flag("bias", _("Bias"), _("Adds one learned number to each map."), True, advanced=True),
    ),
    make="torch.nn.Conv2d",
    from_input=Frozen({"in_channels": channels}),
    accepts=(MAPS,),
    conflicts=(rules.same_needs_stride_one, rules.groups_divide_filters),
    rules=(rules.groups_divide_inputs, rules.kernel_fits, rules.padding_mode_fits),
    sign=Sign.SIGNED,
    macs=_convolution_macs,
    summary=_conv_summary,
    formula=window_formula,
    remark=window_remark,
)  # fmt: skip

CONV_TRANSPOSE2D = LayerSpec(
    key="convtranspose2d",
    title=_("ConvTranspose2d"),
    family=Family.FEATURES,
    icon="mdi6.arrow-expand-all",
    stem="upconv",
    description=_(
        "A convolution run backwards: every input value is multiplied by the kernel and added to the output at its place. "
        "With a stride above 1 it makes maps larger, and learns how."
    ),
    params=(
        CONV2D.param("out_channels"),
        CONV2D.param("kernel_size"),
        Pair("stride", _("Stride"), _("How far apart two neighbouring input pixels land in the output."), 1,
             low=1, high=1024),
        Pair("padding", _("Padding"), _("Pixels cut off at each side of the output."), 0, low=0, high=1024),
        Pair("output_padding", _("Output padding"),
             _("Pixels added at the bottom and on the right, to reach a size that the stride alone would miss."), 0,
             low=0, high=1023),
        CONV2D.param("dilation"),
        CONV2D.param("groups"),
        CONV2D.param("bias"),
    ),
    make="torch.nn.ConvTranspose2d",
    from_input=Frozen({"in_channels": channels}),
    accepts=(MAPS,),
    conflicts=(rules.output_padding_is_small, rules.groups_divide_filters),
    rules=(rules.groups_divide_inputs, rules.transposed_leaves_pixels),
    sign=Sign.SIGNED,
    macs=_transposed_macs,
    summary=_conv_summary,
    formula=transposed_formula,
)  # fmt: skip

LINEAR = LayerSpec(
    key="linear",
    title=_("Linear"),
    family=Family.FEATURES,
    icon="mdi6.dots-grid",
    stem="fc",
    description=_(
        "Connects every input value to every output: each output is a weighted sum of all inputs, plus a bias. "
        "Also called a fully connected or dense layer."
    ),
    params=(
        Whole("out_features", _("Outputs"), _("How many values it makes."), 128, low=1, high=1_000_000),
        Flag("bias", _("Bias"), _("Adds one learned number to each output."), True, advanced=True),
    ),
    make="torch.nn.Linear",
    from_input=Frozen({"in_features": features}),
    accepts=(VALUES,),
    sign=Sign.SIGNED,
    macs=_linear_macs,
    summary=_linear_summary,
)

LINEAR_LAST = LayerSpec(
    key="linear_last",
    title=_("Linear (last axis)"),
    family=Family.FEATURES,
    icon="mdi6.dots-grid",
    stem="fc",
    description=_(
        "The same full connection at every place, along the last axis of the maps. After a Permute to H × W × C it does what a "
        "1×1 convolution does; ConvNeXt writes it so."
    ),
    params=LINEAR.params,
    make="torch.nn.Linear",
    from_input=Frozen({"in_features": features}),
    accepts=(MAPS,),
    sign=Sign.SIGNED,
    macs=_linear_macs,
    summary=_linear_summary,
)

LAYERS = (CONV2D, CONV_TRANSPOSE2D, LINEAR, LINEAR_LAST)
