"""Stand-ins whose size is known while a module is traced, a number of pictures that can make sizes but decide nothing, and what
is known of the operations done to them."""

from __future__ import annotations

import inspect
import operator
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F
from torchvision import ops

from cnnlab.core.messages import message as _
from cnnlab.engine.importer import failures
from cnnlab.engine.importer.refusals import SourceLine, current_line, refused


class Count(int):
    """The number of pictures in a batch, or what was worked out with it.

    It can be a size, as in ``x.view(x.size(0), -1)``. Compared with a plain number it refuses, since a network of layers
    does the same with every batch; two counts can be compared."""

    __hash__ = int.__hash__


def _worked_out(work: Callable[[int, int], int], *, swapped: bool) -> Callable[[Count, Any], Any]:
    def method(self: Count, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return Count(work(int(other), int(self)) if swapped else work(int(self), int(other)))

    return method


def _compared(compare: Callable[[int, int], bool]) -> Callable[[Count, Any], Any]:
    def method(self: Count, other: Any) -> Any:
        if isinstance(other, int) and not isinstance(other, Count):
            why = _(
                "It tests how many pictures there are. A network of layers does the same with every batch: leave the "
                "condition out."
            )
            raise refused(why, current_line())
        return compare(int(self), int(other)) if isinstance(other, int) else NotImplemented

    return method


for _called in ("add", "sub", "mul", "floordiv", "mod"):
    setattr(Count, f"__{_called}__", _worked_out(getattr(operator, _called), swapped=False))
    setattr(Count, f"__r{_called}__", _worked_out(getattr(operator, _called), swapped=True))
for _called in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Count, f"__{_called}__", _compared(getattr(operator, _called)))


WRAPPED = (ops.stochastic_depth,)
"""Functions that are one call, though they are written in Python."""

_DROPOUT = {F.dropout: 2, F.dropout2d: 2, torch.dropout: 2, ops.stochastic_depth: 3}
"""Functions that ask whether it is training, and the place of that argument."""

_IN_PLACE = frozenset({operator.iadd, operator.isub, operator.imul, operator.itruediv})
_VIEWS = frozenset(
    {
        "view", "view_as", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "permute", "transpose", "swapaxes",
        "swapdims", "moveaxis", "movedim", "contiguous", "chunk", "split", "tensor_split", "getitem", "expand", "expand_as",
        "detach", "float", "to", "type", "cpu", "cuda", "type_as", "dropout", "dropout2d", "stochastic_depth",
    }
)  # fmt: skip
_VIEW_MODULES = (nn.Identity, nn.Flatten, nn.Unflatten, nn.Dropout, nn.Dropout2d, ops.StochasticDepth, ops.Permute)
"""Modules that return their input or a view of it; dropout does in evaluation."""


class Known(fx.Proxy):
    """A stand-in that answers for its size as the tensor would."""

    def __getattr__(self, k: str) -> Any:
        if inspect.isdatadescriptor(getattr(Tensor, k, None)):
            value = getattr(size(self.node), k)
            if isinstance(value, Tensor):  # as of x.mT
                return self.tracer.create_proxy("call_function", getattr, (self, k), {})
            if value is not None:
                return _with_count(self.node, value) if k == "shape" else value
        return super().__getattr__(k)

    def __float__(self) -> float:
        raise failures.depends_on_numbers(current_line())

    def __int__(self) -> int:
        raise failures.depends_on_numbers(current_line())

    def __setitem__(self, index: Any, value: Any) -> None:
        why = _("It writes into a part of a tensor. Layers make new values and cannot do that: leave it out.")
        raise refused(why, current_line())

    def __len__(self) -> int:
        return len(size(self.node))

    def __iadd__(self, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", operator.iadd, (self, other), {})

    def __isub__(self, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", operator.isub, (self, other), {})

    def __imul__(self, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", operator.imul, (self, other), {})

    def __itruediv__(self, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", operator.itruediv, (self, other), {})


def note(node: fx.Node, value: Any, line: SourceLine | None, call: str) -> None:
    """Keep with ``node`` what it gives on meta, where it stands in the source, and the path of the call: of the module that
    is called, or else of the one around."""
    node.meta.update(size=value, line=line, call=call)


def size(node: fx.Node) -> Any:
    """The value of ``node`` on meta: a tensor, or several in a tuple or list."""
    return node.meta["size"]


def named_like(value: Any, parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """``parts`` with the names that torch gives to several results, as in ``x.max(1).values``."""
    names = getattr(type(value), "__match_args__", ())
    return namedtuple("Results", names)(*parts) if len(names) == len(parts) else parts


def counted(node: fx.Node, value: Any) -> Any:
    """``value``, which ``node`` gives and which is no tensor; the number of pictures in it is a ``Count``."""
    if node.op != "call_method" or node.target != "size":
        return value
    source = node.all_input_nodes[0]
    if isinstance(value, torch.Size):
        return _with_count(source, value)
    dim: Any = node.kwargs.get("dim", node.args[-1])
    return _with_count(source, size(source).shape)[dim]


def _with_count(node: fx.Node, sizes: torch.Size) -> torch.Size:
    # A parameter of the module has no pictures.
    return torch.Size((Count(sizes[0]), *sizes[1:])) if sizes and node.op != "get_attr" else sizes


def shape(node: fx.Node) -> tuple[int, ...]:
    """The sizes of one tensor, the batch first."""
    return tuple(size(node).shape)


def line(node: fx.Node) -> SourceLine | None:
    """Where ``node`` stands in the source."""
    found: SourceLine | None = node.meta.get("line")
    return found


def call(node: fx.Node) -> str:
    """The path of the call, see ``note``."""
    return str(node.meta["call"])


def is_in_place(node: fx.Node, parts: Mapping[str, nn.Module]) -> bool:
    """Whether it writes its result over its first argument."""
    if node.op == "call_module":
        return bool(getattr(parts[str(node.target)], "inplace", False))
    if node.op == "call_method":
        return str(node.target).endswith("_") and not str(node.target).endswith("__")
    if node.op != "call_function":
        return False
    return node.target in _IN_PLACE or _name(node).endswith("_") or _argument(node, "inplace", False) is True


def shares_numbers(node: fx.Node, parts: Mapping[str, nn.Module]) -> bool:
    """Whether its result may be, or may look into, the numbers of its first argument."""
    if node.op == "call_module":
        return isinstance(parts[str(node.target)], _VIEW_MODULES)
    return node.op in ("call_method", "call_function") and _name(node) in _VIEWS


def training(node: fx.Node) -> bool | None:
    """Whether a dropout function was called with training on; None for anything else."""
    if node.op != "call_function" or node.target not in _DROPOUT:
        return None
    place = _DROPOUT[node.target]
    training = (
        node.args[place] if len(node.args) > place else node.kwargs.get("training", node.kwargs.get("train", True))
    )
    return bool(training)


def without_mode(node: fx.Node) -> tuple[str, ...]:
    """The target and arguments of a call, less whether it is training; equal in two traces for one call."""
    args, kwargs = list(node.args), dict(node.kwargs)
    if training(node) is not None:
        del args[_DROPOUT[node.target] :]
        kwargs.pop("training", None)
    return node.op, str(node.target), str(args), str(kwargs)


def _name(node: fx.Node) -> str:
    return node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")


def _argument(node: fx.Node, name: str, default: Any) -> Any:
    if name in node.kwargs:
        return node.kwargs[name]
    try:
        names = list(inspect.signature(node.target).parameters)  # type: ignore[arg-type]
    except ValueError:  # a builtin of torch, which has no such argument
        return default
    place = names.index(name) if name in names else len(node.args)
    return node.args[place] if place < len(node.args) else default


_TENSOR_TYPE: Any = type(torch.FloatTensor)


def dtype_of(asked: Any) -> Any:
    """The type of numbers that ``torch.FloatTensor`` and the like stand for; anything else as it is."""
    return asked.dtype if isinstance(asked, _TENSOR_TYPE) else asked


def moved(method: str, tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    """The result of calling ``method``, still on meta; None for a method that does not move a tensor."""
    if method in ("cpu", "cuda"):
        return tensor
    if method not in ("to", "type") or (method == "type" and not args and not kwargs):
        return None
    given = [*args, *kwargs.values()]
    types = [asked for asked in map(_named, given) if isinstance(asked, torch.dtype)]
    types += [other.dtype for other in given if isinstance(other, Tensor)]
    return tensor.to(types[0]) if types else tensor


def _named(asked: Any) -> Any:
    """``torch.float32`` for ``"torch.FloatTensor"``."""
    named = getattr(torch, asked.removeprefix("torch."), asked) if isinstance(asked, str) else asked
    return dtype_of(named)
