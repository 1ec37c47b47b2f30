"""Layers that learn features: convolution and full connection."""

from __future__ import annotations

from cnnlab.core.catalog import rules
from cnnlab.core.formulas import window_formula
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Pair, Whole
from cnnlab.core.shapes import MAPS, VALUES, channels, features
from cnnlab.core.spec import Family, LayerSpec, Params, Sign
from cnnlab.core.values import Frozen


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


CONV2D = LayerSpec(
    key="conv2d",
    title=_("Conv2d"),
    family=Family.FEATURES,
    icon="mdi6.grid",
    stem="conv",
    words=_(
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
    rules=(rules.same_needs_stride_one, rules.groups_divide, rules.kernel_fits, rules.padding_mode_fits),
    sign=Sign.SIGNED,
    summary=_conv_summary,
    formula=window_formula,
)  # fmt: skip

LINEAR = LayerSpec(
    key="linear",
    title=_("Linear"),
    family=Family.FEATURES,
    icon="mdi6.dots-grid",
    stem="fc",
    words=_(
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
    summary=lambda params: _("{count} outputs", count=params["out_features"]),
)

LAYERS = (CONV2D, LINEAR)
