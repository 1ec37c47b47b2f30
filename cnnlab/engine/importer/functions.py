"""Functions and methods of tensors as the modules that do the same, so that one place decides what a layer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional as F
from torchvision import ops

from cnnlab.core.messages import message as _
from cnnlab.engine.importer import known
from cnnlab.engine.importer.refusals import Unsuitable


@dataclass(frozen=True)
class _Twin:
    """A module's class, and the names of the function's arguments after the first, in the function's own order."""

    kind: Callable[..., nn.Module]
    arguments: tuple[str, ...] = ()


_LIMITS = {
    "clamp": ("min", "max"),
    "clip": ("min", "max"),
    "clamp_min": ("min", "max"),
    "hardtanh": ("min_val", "max_val"),
}
"""Functions that cut off values, and the names of the smallest and the largest."""
_PADS = {"constant": nn.ZeroPad2d, "reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d}
_TWINS = {
    "relu": _Twin(nn.ReLU, ("inplace",)),
    "relu6": _Twin(nn.ReLU6, ("inplace",)),
    "leaky_relu": _Twin(nn.LeakyReLU, ("negative_slope", "inplace")),
    "elu": _Twin(nn.ELU, ("alpha", "inplace")),
    "gelu": _Twin(nn.GELU, ("approximate",)),
    "silu": _Twin(nn.SiLU, ("inplace",)),
    "hardswish": _Twin(nn.Hardswish, ("inplace",)),
    "hardsigmoid": _Twin(nn.Hardsigmoid, ("inplace",)),
    "sigmoid": _Twin(nn.Sigmoid),
    "tanh": _Twin(nn.Tanh),
    "softplus": _Twin(nn.Softplus, ("beta", "threshold")),
    "softmax": _Twin(nn.Softmax, ("dim",)),
    "log_softmax": _Twin(nn.LogSoftmax, ("dim",)),
    "max_pool2d": _Twin(
        nn.MaxPool2d, ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    ),
    "avg_pool2d": _Twin(
        nn.AvgPool2d, ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
    ),
    "adaptive_avg_pool2d": _Twin(nn.AdaptiveAvgPool2d, ("output_size",)),
    "adaptive_max_pool2d": _Twin(nn.AdaptiveMaxPool2d, ("output_size", "return_indices")),
    "local_response_norm": _Twin(nn.LocalResponseNorm, ("size", "alpha", "beta", "k")),
    "interpolate": _Twin(
        nn.Upsample, ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias")
    ),
    "dropout": _Twin(nn.Dropout, ("p", "training", "inplace")),
    "dropout2d": _Twin(nn.Dropout2d, ("p", "training", "inplace")),
    "stochastic_depth": _Twin(ops.StochasticDepth, ("p", "mode", "training")),
}  # fmt: skip


def name_of(node: fx.Node) -> str:
    """The function, method or kind of module that ``node`` calls, as one writes it."""
    if node.op == "call_method":
        return str(node.target)
    if node.target is getattr:  # as in x.mT
        return str(node.args[1])
    return str(getattr(node.target, "__name__", node.target))


def twin(node: fx.Node) -> nn.Module | None:
    """The module that does what a call of a function or method does; None if there is none. Raises ``Unsuitable`` for a call
    with arguments that no module has."""
    name = name_of(node).removesuffix("_")
    if node.target is F.pad:
        return _pad(node)
    if name in _LIMITS and _is_torchs(node, name):
        return _limited(node, _LIMITS[name])
    found = _TWINS.get(name)
    if found is None or not _is_torchs(node, name):
        return None
    given = dict(zip(found.arguments, node.args[1:], strict=False)) | dict(node.kwargs)
    for unseen in ("input", "_stacklevel"):
        given.pop(unseen, None)
    if known.training(node) is not None:
        for mode in ("training", "train"):
            given.pop(mode, None)
    if given.get("dtype", 0) is None:
        del given["dtype"]
    if given.pop("antialias", False):
        raise Unsuitable(_("There is no layer for antialias=True here."))
    try:
        return found.kind(**given)
    except TypeError as error:
        raise Unsuitable(_("There is no layer for these arguments ({text}).", text=str(error))) from error


def padding(node: fx.Node) -> tuple[tuple[int, ...], tuple[str, float]]:
    """The padding that a call of ``F.pad`` adds: left, right, top, bottom, before and behind, as far as given; and how."""
    given = dict(zip(("pad", "mode", "value"), node.args[1:], strict=False)) | dict(node.kwargs)
    sides: Any = given["pad"]
    return tuple(sides), (str(given.get("mode", "constant")), float(given.get("value") or 0))  # type: ignore[arg-type]


def _pad(node: fx.Node) -> nn.Module | None:
    sides, (mode, value) = padding(node)
    if len(sides) > 4 or mode not in _PADS or value:
        return None
    if min(sides) < 0:
        raise Unsuitable(
            _(
                "It cuts pixels off at the edges, which no layer does: use a convolution or a pooling layer with less "
                "padding before it."
            )
        )
    left, right, top, bottom = (*sides, 0, 0)[:4]
    return _PADS[mode]((left, right, top, bottom))


def _limited(node: fx.Node, names: tuple[str, str]) -> nn.Module | None:
    """ReLU for what is cut off at 0, ReLU6 for what is cut off at 0 and 6."""
    given = dict(zip(names, node.args[1:], strict=False)) | dict(node.kwargs)
    match given.get(names[0]), given.get(names[1]):
        case (int() | float() as low, None) if low == 0 and "hardtanh" not in name_of(node):
            return nn.ReLU()
        case (int() | float() as low, int() | float() as high) if (low, high) == (0, 6):
            return nn.ReLU6()
    return None


def _is_torchs(node: fx.Node, name: str) -> bool:
    """Whether what is called is torch's function of that name, and not another of the same name."""
    if node.op == "call_method":
        return True
    return any(
        node.target is getattr(place, spelled, None)
        for place in (F, torch, ops, torch.special)
        for spelled in (name, name + "_")
    )
