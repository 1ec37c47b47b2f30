"""Layers that bring values to a common scale."""

from __future__ import annotations

from typing import Any

from cnnlab.core.catalog import rules, scaling
from cnnlab.core.catalog.spec import Family, LayerSpec, Params, Sign
from cnnlab.core.graph.shapes import MAPS, VALUES, Shape, channels
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Real, Whole
from cnnlab.core.values import Frozen

_EPSILON = Real(
    "eps",
    _("Epsilon"),
    _("Added to the variance, so that nothing is divided by zero."),
    1e-5,
    low=0.0,
    high=1.0,
    above_low=True,
    advanced=True,
)
_MOMENTUM = Real(
    "momentum",
    _("Momentum"),
    _("How fast the running averages follow the batch."),
    0.1,
    low=0.0,
    high=1.0,
    advanced=True,
)
_AFFINE = Flag("affine", _("Learned scale and shift"), _("Two learned numbers for each map."), True, advanced=True)

BATCH_NORM = LayerSpec(
    key="batchnorm2d",
    title=_("BatchNorm2d"),
    family=Family.NORMALISATION,
    icon="mdi6.tune-vertical",
    stem="bn",
    description=_(
        "Shifts and scales each map to mean 0 and variance 1 over the batch, then by two learned numbers. In evaluation it "
        "uses running averages instead of the batch."
    ),
    params=(_EPSILON, _MOMENTUM, _AFFINE),
    make="torch.nn.BatchNorm2d",
    keeps_size=True,
    from_input=Frozen({"num_features": channels}),
    accepts=(MAPS,),
    sign=Sign.SIGNED,
)

BATCH_NORM_1D = LayerSpec(
    key="batchnorm1d",
    title=_("BatchNorm1d"),
    family=Family.NORMALISATION,
    icon="mdi6.tune",
    stem="bn",
    description=_(
        "Shifts and scales each value to mean 0 and variance 1 over the batch, then by two learned numbers. It is BatchNorm2d "
        "for a list of values, such as after a Linear layer."
    ),
    params=(
        _EPSILON,
        _MOMENTUM,
        Flag("affine", _("Learned scale and shift"), _("Two learned numbers for each value."), True, advanced=True),
    ),
    make="torch.nn.BatchNorm1d",
    keeps_size=True,
    from_input=Frozen({"num_features": channels}),
    accepts=(VALUES,),
    sign=Sign.SIGNED,
)


def _layer_norm_arguments(params: Params, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    shape = inputs[0] if params["over"] == "all" else inputs[0][-1:]
    return {"normalized_shape": shape} | dict(params.without({"over"}))


def _layer_norm_summary(params: Params) -> Message:
    return _("over all values") if params["over"] == "all" else _("over the last axis")


_ELEMENTWISE = Flag(
    "elementwise_affine",
    _("Learned scale and shift"),
    _("Two learned numbers for each place that is normalised."),
    True,
    advanced=True,
)

LAYER_NORM = LayerSpec(
    key="layernorm",
    title=_("LayerNorm"),
    family=Family.NORMALISATION,
    icon="mdi6.format-align-justify",
    stem="norm",
    description=_(
        "Shifts and scales each picture's values to mean 0 and variance 1, then by learned numbers. Unlike BatchNorm it never "
        "looks at the rest of the batch, so training and evaluation are the same."
    ),
    params=(
        Choice("over", _("Over"), _("Which values share one mean: all of a picture, or those along the last axis."), "all",
               options=("all", "last axis")),
        _EPSILON,
        _ELEMENTWISE,
    ),
    make="torch.nn.LayerNorm",
    keeps_size=True,
    as_arguments=_layer_norm_arguments,
    sign=Sign.SIGNED,
    summary=_layer_norm_summary,
)  # fmt: skip

LAYER_NORM_2D = LayerSpec(
    key="layernorm2d",
    title=_("LayerNorm2d"),
    family=Family.NORMALISATION,
    icon="mdi6.axis-arrow",
    stem="norm",
    description=_(
        "At each pixel, shifts and scales the channels to mean 0 and variance 1, then by two learned numbers for each "
        "channel. ConvNeXt uses it in place of BatchNorm."
    ),
    params=(_EPSILON, _ELEMENTWISE),
    make="torchvision.models.convnext.LayerNorm2d",
    keeps_size=True,
    from_input=Frozen({"normalized_shape": channels}),
    accepts=(MAPS,),
    sign=Sign.SIGNED,
)

GROUP_NORM = LayerSpec(
    key="groupnorm",
    title=_("GroupNorm"),
    family=Family.NORMALISATION,
    icon="mdi6.view-grid-outline",
    stem="norm",
    description=_(
        "Shifts and scales each group of channels of each picture to mean 0 and variance 1, then by two learned numbers for "
        "each channel. It works with small batches, where the averages of BatchNorm are unreliable."
    ),
    params=(
        Whole("num_groups", _("Groups"), _("Into how many equal groups the channels are split."), 1, low=1, high=65536),
        _EPSILON,
        _AFFINE,
    ),
    make="torch.nn.GroupNorm",
    keeps_size=True,
    from_input=Frozen({"num_channels": channels}),
    rules=(rules.groups_divide_channels("num_groups"),),
    sign=Sign.SIGNED,
    summary=lambda params: _("{count} groups", count=params["num_groups"]),
)

INSTANCE_NORM = LayerSpec(
    key="instancenorm2d",
    title=_("InstanceNorm2d"),
    family=Family.NORMALISATION,
    icon="mdi6.image-outline",
    stem="norm",
    description=_(
        "Shifts and scales each map of each picture by itself to mean 0 and variance 1. Contrast and brightness of a picture "
        "are lost, which is wanted in style transfer."
    ),
    params=(
        _EPSILON,
        _MOMENTUM,
        Flag("affine", _("Learned scale and shift"), _("Two learned numbers for each map."), False, advanced=True),
        Flag("track_running_stats", _("Running averages"), _("Whether evaluation uses averages kept in training."), False,
             advanced=True),
    ),
    make="torch.nn.InstanceNorm2d",
    keeps_size=True,
    from_input=Frozen({"num_features": channels}),
    accepts=(MAPS,),
    rules=(rules.more_than_one_pixel,),
    sign=Sign.SIGNED,
)  # fmt: skip

LOCAL_RESPONSE_NORM = LayerSpec(
    key="localresponsenorm",
    title=_("LocalResponseNorm"),
    family=Family.NORMALISATION,
    icon="mdi6.signal-cellular-outline",
    stem="lrn",
    description=_(
        "Divides each value by how strong the neighbouring channels are at the same pixel: (k + α/n · Σx²)^β over n channels. "
        "AlexNet used it before BatchNorm was known; PyTorch divides α by n, the paper does not."
    ),
    params=(
        Whole("size", _("Channels (n)"), _("How many neighbouring channels are summed."), 5, low=1, high=1024),
        Real("alpha", _("Alpha"), _("How much the neighbours count."), 1e-4, low=0.0, high=1000.0),
        Real("beta", _("Beta"), _("The exponent."), 0.75, low=0.0, high=100.0),
        Real("k", _("k"), _("Added to the sum, so that nothing is divided by zero."), 1.0, low=0.0, high=1000.0,
             above_low=True),
    ),
    make="torch.nn.LocalResponseNorm",
    keeps_size=True,
    accepts=(MAPS,),
    summary=lambda params: _("over {count} channels", count=params["size"]),
)  # fmt: skip

LAYERS = (
    BATCH_NORM,
    BATCH_NORM_1D,
    LAYER_NORM,
    LAYER_NORM_2D,
    GROUP_NORM,
    INSTANCE_NORM,
    LOCAL_RESPONSE_NORM,
    *scaling.LAYERS,
)
