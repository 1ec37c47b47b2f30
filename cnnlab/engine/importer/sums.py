"""Sums, products and concatenations: of several tensors, with a learned number, or with plain numbers."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import torch
from torch import fx

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import message as _
from cnnlab.engine.importer import functions, known
from cnnlab.engine.importer.layer_calls import LayerCall, Placed, made, source_of
from cnnlab.engine.importer.refusals import Unsuitable

_ADD = (operator.add, operator.iadd, torch.add, "add", "add_")
_MULTIPLY = (operator.mul, operator.imul, torch.mul, torch.multiply, "mul", "mul_", "multiply")
_CONCATENATE = (torch.cat, torch.concat, torch.concatenate)
_WIDENING = frozenset({"expand", "expand_as"})


def find(node: fx.Node, placed: Placed) -> LayerCall | None:
    """The layer that ``node`` comes to; None if it is nothing of the kind. Raises ``Unsuitable``."""
    if node.target in _CONCATENATE:
        return _concatenated(node, placed)
    changed = _affine(node)
    if changed and changed[0] in placed:
        return _changed(*changed)
    if node.target not in _ADD and node.target not in _MULTIPLY:
        return None
    match node.args:
        case (fx.Node() as first, fx.Node() as second):
            pass
        case _other:
            return None
    if node.kwargs:
        raise Unsuitable(
            _("Only plain sums and products can be imported: leave out alpha= and the like, and multiply before.")
        )
    if node.target in _ADD:
        return _summed(first, second)
    return _multiplied(first, second, placed)


def may_be_part(node: fx.Node) -> bool:
    """Whether ``node`` may be a step that a later call completes: one channel of a picture, changed by plain numbers."""
    return functions.name_of(node) in _WIDENING or _affine(node) is not None


def _summed(first: fx.Node, second: fx.Node) -> LayerCall:
    if "get_attr" in (first.op, second.op):
        raise Unsuitable(
            _("It adds a parameter directly. Only layers can: use the bias of a convolution or a Linear layer.")
        )
    return made("add", first, second)


def _multiplied(first: fx.Node, second: fx.Node, placed: Placed) -> LayerCall:
    if second.op == "get_attr":
        first, second = second, first
    if first.op != "get_attr":
        return made("multiply", _unwidened(first, placed), _unwidened(second, placed))
    channels = known.shape(second)[1]
    forms = {(channels, 1, 1): "C, 1, 1", (1, channels, 1, 1): "1, C, 1, 1", (1,): "1"}
    shape = known.shape(first)
    if shape not in forms:
        raise Unsuitable(
            _(
                "“{name}” is {size}. A learned factor can be one number for each channel, {channels} × 1 × 1, or a single one "
                "of size 1.",
                name=first.target, size=show(shape) or _("a single number"), channels=channels,
            )
        )  # fmt: skip
    return replace(made("scale", second, form=forms[shape]), parameter=str(first.target))


def _unwidened(node: fx.Node, placed: Placed) -> fx.Node:
    """The input of ``expand_as(x)`` and the like, which repeat over height and width; multiplication does so by itself."""
    while node not in placed and functions.name_of(node) in _WIDENING:
        node = source_of(node)
    return node


def _concatenated(node: fx.Node, placed: Placed) -> LayerCall:
    tensors: Any = node.kwargs.get("tensors", node.args[0] if node.args else ())
    dim: Any = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
    if not isinstance(dim, int) or dim % len(known.shape(node)) != 1:
        raise Unsuitable(_("Only channels can be joined: write dim=1."))
    if len(tensors) == 1:
        return LayerCall(None, tuple(tensors))
    return _normalised(tensors, placed) or made("concatenate", *tensors)


def _normalised(tensors: Any, placed: Placed) -> LayerCall | None:
    """The channels of one picture, each changed by plain numbers of its own, put together again in their order."""
    channels = [_channel(tensor) for tensor in tensors]
    pictures = {found[0] for found in channels if found}
    picture = next(iter(pictures), None)
    if picture is None or None in channels or len(pictures) > 1 or picture not in placed:
        return None
    taken = [found for found in channels if found]
    if [number for _x, number, _scale, _shift in taken] != list(range(known.shape(picture)[1])):
        return None
    return made("normalise", picture, scale=[found[2] for found in taken], shift=[found[3] for found in taken])


def _channel(node: fx.Node) -> tuple[fx.Node, int, float, float] | None:
    """``(x, number, scale, shift)`` where ``node`` is one channel of x as maps ``(N, 1, H, W)``, times a plain number, plus a
    plain number; None if it is not."""
    changed = _affine(node)
    if changed:
        inner = _channel(changed[0])
        if inner is None:
            return None
        x, number, scale, shift = inner
        return x, number, scale * changed[1], shift * changed[1] + changed[2]
    picked = source_of(node) if functions.name_of(node) == "unsqueeze" else node
    if functions.name_of(picked) != "getitem" or len(known.shape(node)) != 4 or known.shape(node)[1] != 1:
        return None
    match picked.args[1]:
        case (slice(start=None, stop=None, step=None), int(number)):
            return source_of(picked), number, 1.0, 0.0
        case (slice(start=None, stop=None, step=None), slice(start=int(number), step=None)):
            return source_of(picked), number, 1.0, 0.0
    return None


def _changed(x: fx.Node, scale: float, shift: float) -> LayerCall:
    if (scale, shift) == (1.0, 0.0):  # as in sum([a, b]), which starts at 0
        return LayerCall(None, (x,))
    if len(known.shape(x)) != 4:
        raise Unsuitable(
            _("Plain numbers can only be multiplied with maps or added to them, not with {size}: leave it out.",
              size=show(known.shape(x)[1:]))
        )  # fmt: skip
    return made("normalise", x, scale=[scale], shift=[shift])


def _affine(node: fx.Node) -> tuple[fx.Node, float, float] | None:
    """``(x, scale, shift)`` where ``node`` is x · scale + shift with plain numbers; None if it is not."""
    name = functions.name_of(node).strip("_")
    if name in ("neg", "negative"):
        return source_of(node), -1.0, 0.0
    if len(node.args) != 2 or node.kwargs:
        return None
    match node.args:
        case (fx.Node() as x, int() | float() as number):
            reflected = False
        case (int() | float() as number, fx.Node() as x):
            reflected = True
        case _other:
            return None
    if node.target in _ADD:
        return x, 1.0, float(number)
    if node.target in _MULTIPLY:
        return x, float(number), 0.0
    if name in ("sub", "isub"):
        return (x, -1.0, float(number)) if reflected else (x, 1.0, -float(number))
    if name in ("truediv", "itruediv", "div") and not reflected and number:
        return x, 1 / number, 0.0
    return None
