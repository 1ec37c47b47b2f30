"""Layers that make maps smaller without learning."""

from __future__ import annotations

from cnnlab.core.catalog import rules
from cnnlab.core.formulas import window_formula
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Flag, Pair
from cnnlab.core.shapes import MAPS
from cnnlab.core.spec import Family, LayerSpec, Params

_KERNEL = Pair("kernel_size", _("Kernel"), _("Height × width of the window."), 2, low=1, high=1024)
_STRIDE = Pair("stride", _("Stride"), _("How far the window moves; usually as far as it is wide."), 2, low=1, high=1024)


def _window_summary(params: Params) -> Message:
    line = _(
        "{kernel} · stride {stride}", kernel=_KERNEL.show(params["kernel_size"]), stride=_STRIDE.brief(params["stride"])
    )
    if params["padding"] != (0, 0):
        line = _("{line} · pad {value}", line=line, value=_KERNEL.brief(params["padding"]))
    return line


MAX_POOL = LayerSpec(
    key="maxpool2d",
    title=_("MaxPool2d"),
    family=Family.POOLING,
    icon="mdi6.arrow-collapse-all",
    stem="pool",
    words=_(
        "Keeps the largest value of each window, map by map. The map gets smaller, and a feature may move a little without "
        "changing the answer."
    ),
    params=(
        _KERNEL,
        _STRIDE,
        Pair("padding", _("Padding"), _("Pixels of −∞ added around the maps."), 0, low=0, high=512, advanced=True),
        Pair(
            "dilation", _("Dilation"), _("Distance between the pixels of a window."), 1, low=1, high=1024, advanced=True
        ),
    ),
    make="torch.nn.MaxPool2d",
    accepts=(MAPS,),
    rules=(rules.padding_under_half, rules.kernel_fits),
    summary=_window_summary,
    formula=window_formula,
)

AVG_POOL = LayerSpec(
    key="avgpool2d",
    title=_("AvgPool2d"),
    family=Family.POOLING,
    icon="mdi6.approximately-equal-box",
    stem="pool",
    words=_("Takes the mean of each window, map by map. The map gets smaller and smoother."),
    params=(
        _KERNEL,
        _STRIDE,
        Pair("padding", _("Padding"), _("Pixels of zero added around the maps."), 0, low=0, high=512, advanced=True),
        Flag("count_include_pad", _("Count padding"), _("Whether added zeros count in the mean."), True, advanced=True),
    ),
    make="torch.nn.AvgPool2d",
    accepts=(MAPS,),
    rules=(rules.padding_under_half, rules.kernel_fits),
    summary=_window_summary,
    formula=window_formula,
)

ADAPTIVE_AVG_POOL = LayerSpec(
    key="adaptiveavgpool2d",
    title=_("AdaptiveAvgPool2d"),
    family=Family.POOLING,
    icon="mdi6.fit-to-page-outline",
    stem="pool",
    words=_(
        "Averages each map down to a size that you choose, whatever size arrives. With size 1 it is global average pooling: "
        "one number a map."
    ),
    params=(Pair("output_size", _("Output size"), _("Height × width of the maps it makes."), 1, low=1, high=1024),),
    make="torch.nn.AdaptiveAvgPool2d",
    accepts=(MAPS,),
    summary=lambda params: _("to {size}", size=_KERNEL.show(params["output_size"])),
)

LAYERS = (MAX_POOL, AVG_POOL, ADAPTIVE_AVG_POOL)
