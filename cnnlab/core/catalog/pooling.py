"""Layers that make maps smaller without learning."""

from __future__ import annotations

from cnnlab.core.catalog import rules
from cnnlab.core.catalog.formulas import adaptive_formula, global_formula, window_formula, window_remark
from cnnlab.core.catalog.spec import Family, LayerSpec, Params
from cnnlab.core.graph.shapes import MAPS
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Flag, Pair

_KERNEL = Pair("kernel_size", _("Kernel"), _("Height × width of the window."), 2, low=1, high=1024)
_STRIDE = Pair("stride", _("Stride"), _("How far the window moves; usually as far as it is wide."), 2, low=1, high=1024)
_CEIL = Flag(
    "ceil_mode",
    _("Round up"),
    _("Whether a last window that reaches beyond the edge counts, so that no pixel is left out."),
    False,
    advanced=True,
)
_OUTPUT_SIZE = Pair("output_size", _("Output size"), _("Height × width of the maps it makes."), 1, low=1, high=1024)


def _window_summary(params: Params) -> Message:
    line = _(
        "{kernel} · stride {stride}", kernel=_KERNEL.show(params["kernel_size"]), stride=_STRIDE.brief(params["stride"])
    )
    if params["padding"] != (0, 0):
        line = _("{line} · pad {value}", line=line, value=_KERNEL.brief(params["padding"]))
    if params.get("ceil_mode", False):
        line = _("{line} · rounded up", line=line)
    return line


def _adaptive_summary(params: Params) -> Message:
    return _("to {size}", size=_OUTPUT_SIZE.show(params["output_size"]))


MAX_POOL = LayerSpec(
    key="maxpool2d",
    title=_("MaxPool2d"),
    family=Family.POOLING,
    icon="mdi6.arrow-collapse-all",
    stem="pool",
    description=_(
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
        _CEIL,
    ),
    make="torch.nn.MaxPool2d",
    accepts=(MAPS,),
    conflicts=(rules.padding_under_half,),
    rules=(rules.kernel_fits, rules.windows_read_pixels),
    summary=_window_summary,
    formula=window_formula,
    remark=window_remark,
)

AVG_POOL = LayerSpec(
    key="avgpool2d",
    title=_("AvgPool2d"),
    family=Family.POOLING,
    icon="mdi6.approximately-equal-box",
    stem="pool",
    description=_("Takes the mean of each window, map by map. The map gets smaller and smoother."),
    params=(
        _KERNEL,
        _STRIDE,
        Pair("padding", _("Padding"), _("Pixels of zero added around the maps."), 0, low=0, high=512, advanced=True),
        _CEIL,
        Flag("count_include_pad", _("Count padding"), _("Whether added zeros count in the mean."), True, advanced=True),
    ),
    make="torch.nn.AvgPool2d",
    accepts=(MAPS,),
    conflicts=(rules.padding_under_half,),
    rules=(rules.kernel_fits,),
    summary=_window_summary,
    formula=window_formula,
    remark=window_remark,
)

MIN_POOL = LayerSpec(
    key="minpool2d",
    title=_("Min pooling"),
    family=Family.POOLING,
    icon="mdi6.arrow-collapse-down",
    stem="pool",
    description=_(
        "Keeps the smallest value of each window, map by map. PyTorch has no such layer: it is −MaxPool(−x), and it finds "
        "dark features where MaxPool finds bright ones."
    ),
    params=(
        _KERNEL,
        _STRIDE,
        Pair("padding", _("Padding"), _("Pixels of +∞ added around the maps."), 0, low=0, high=512, advanced=True),
    ),
    expr="-torch.nn.functional.max_pool2d(-{x}, {kernel_size}, {stride}, {padding})",
    accepts=(MAPS,),
    conflicts=(rules.padding_under_half,),
    rules=(rules.kernel_fits,),
    summary=_window_summary,
    formula=window_formula,
    remark=window_remark,
)

ADAPTIVE_AVG_POOL = LayerSpec(
    key="adaptiveavgpool2d",
    title=_("AdaptiveAvgPool2d"),
    family=Family.POOLING,
    icon="mdi6.fit-to-page-outline",
    stem="pool",
    description=_(
        "Averages each map down to a size that you choose, whatever size arrives. With size 1 it is global average pooling: "
        "one number a map."
    ),
    params=(_OUTPUT_SIZE,),
    make="torch.nn.AdaptiveAvgPool2d",
    accepts=(MAPS,),
    summary=_adaptive_summary,
    formula=adaptive_formula,
)

ADAPTIVE_MAX_POOL = LayerSpec(
    key="adaptivemaxpool2d",
    title=_("AdaptiveMaxPool2d"),
    family=Family.POOLING,
    icon="mdi6.fit-to-page",
    stem="pool",
    description=_(
        "Keeps the largest value of as many windows as you choose, whatever size arrives. With size 1 it says how strongly "
        "each feature occurs anywhere in the picture."
    ),
    params=(_OUTPUT_SIZE,),
    make="torch.nn.AdaptiveMaxPool2d",
    accepts=(MAPS,),
    summary=_adaptive_summary,
    formula=adaptive_formula,
)

GLOBAL_AVG_POOL = LayerSpec(
    key="globalavgpool",
    title=_("Global average pooling"),
    family=Family.POOLING,
    icon="mdi6.earth",
    stem="gap",
    description=_(
        "Takes the mean of each whole map and so turns maps into a list of values, without Flatten. A net that ends so takes "
        "pictures of any size."
    ),
    expr="{x}.mean((2, 3))",
    accepts=(MAPS,),
    formula=global_formula,
)

LAYERS = (MAX_POOL, AVG_POOL, MIN_POOL, ADAPTIVE_AVG_POOL, ADAPTIVE_MAX_POOL, GLOBAL_AVG_POOL)
