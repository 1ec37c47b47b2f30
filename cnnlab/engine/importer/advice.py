"""Advice for an operation that no layer does, by its name."""

from __future__ import annotations

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _

_MODULES = {
    "prelu": "nn.PReLU",
    "layer_norm": "nn.LayerNorm",
    "group_norm": "nn.GroupNorm",
    "instance_norm": "nn.InstanceNorm2d",
    "batch_norm": "nn.BatchNorm2d",
    "conv2d": "nn.Conv2d",
    "conv_transpose2d": "nn.ConvTranspose2d",
    "linear": "nn.Linear",
}
"""Functions that are given parameters, and the modules that have them."""
_ACTIVATIONS = frozenset(
    {
        "mish", "selu", "celu", "rrelu", "logsigmoid", "log_sigmoid", "softsign", "tanhshrink", "hardshrink", "softshrink",
        "hardtanh", "clamp", "clip", "clamp_min", "clamp_max", "threshold", "glu",
    }
)  # fmt: skip
_DROPOUTS = frozenset(
    {"alpha_dropout", "feature_dropout", "feature_alpha_dropout", "dropout1d", "dropout3d", "native_dropout"}
)
_BY_VALUE = frozenset(
    {
        "abs", "exp", "log", "sqrt", "rsqrt", "square", "pow", "sin", "cos", "sign", "round", "floor", "ceil", "where",
        "maximum", "minimum", "gt", "lt", "ge", "le", "eq", "ne", "truediv", "div", "reciprocal",
    }
)  # fmt: skip
_REDUCTIONS = frozenset({"sum", "mean", "max", "min", "amax", "amin", "std", "var", "norm", "logsumexp"})
_GRADIENTS = frozenset({"detach", "data"})


def shown(name: str) -> str:
    """The operation as people write it."""
    return "x[…]" if name == "getitem" else name


def instead(name: str, *, learned: bool = False) -> Message:
    """Advice, in a sentence, for the function, method, attribute or kind of module ``name``; ``learned`` if it is given a parameter
    or buffer of the module."""
    plain = name.strip("_").lower()
    if plain in _MODULES:
        return _("Use {kind}, made in __init__ and called as self.layer(x).", kind=_MODULES[plain])
    if learned:
        return _(
            "Use a layer that has it, such as nn.Conv2d or nn.Linear; write what never changes as plain numbers, as in "
            "(x - 0.5) / 0.25."
        )
    if plain in _DROPOUTS:
        return _("Use nn.Dropout, nn.Dropout2d or torchvision's StochasticDepth.")
    if plain in _ACTIVATIONS:
        return _("Use an activation that cnnlab has, such as nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU or nn.SiLU.")
    if plain in _BY_VALUE:
        return _("Use an activation such as nn.ReLU or nn.Sigmoid, or compute it before the network.")
    if plain in _REDUCTIONS:
        return _(
            "To pool whole maps use nn.AdaptiveAvgPool2d(1) or nn.AdaptiveMaxPool2d(1), and x.flatten(1) after it."
        )
    if plain == "getitem":
        return _(
            "Equal parts of the channels are x.chunk(2, dim=1), and every second pixel is x[:, :, ::2, ::2]; nothing else "
            "can be cut out."
        )
    if plain == "sub":
        return _("For the difference of two tensors write a + b * -1.")
    if plain in ("stack", "hstack", "vstack"):
        return _("Join channels with torch.cat(tensors, dim=1).")
    if plain in ("half", "double", "bfloat16"):
        return _("Numbers stay float32 here: leave it out.")
    if plain in _GRADIENTS:
        return _("It stops the gradients. Leave it out, and freeze the layers before it with requires_grad_(False).")
    return _("Replace it by layers, or import the part of the network without it.")
