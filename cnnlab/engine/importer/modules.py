"""From a module of torch to a layer of the catalogue that does exactly the same.

Settings are read from the module's attributes, which torch calls like the arguments of its constructors. Then every
argument of the constructor is compared with what the layer will be built with: what the catalogue has no setting for
must have the value that the layer has, or the module is refused.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn
from torchvision import ops

from cnnlab.core.catalog import BY_KEY, LAYERS
from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.graph.shapes import MAPS, Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.engine.importer import advice
from cnnlab.engine.importer.refusals import Unsuitable


@dataclass(frozen=True)
class Layer:
    """One layer: a type of the catalogue and its settings."""

    spec: LayerSpec
    params: Params


def _by_class() -> dict[str, list[LayerSpec]]:
    made: dict[str, list[LayerSpec]] = {}
    for spec in LAYERS:
        if spec.make:
            made.setdefault(spec.make.rpartition(".")[2], []).append(spec)
    return made


_MADE_BY = _by_class()
"""The layers that a class of torch or torchvision makes, by its name."""
_LIBRARIES = ("torch.nn.modules.", "torchvision.ops.", "torchvision.models.convnext")
_NOT_COMPARED = frozenset({"inplace", "device", "dtype"})
_SETTLED = {"upsample": frozenset({"size", "scale_factor", "align_corners"})}
"""Arguments that a reader of settings has already turned into others that mean the same."""
_FREE_TO_CHANGE = frozenset({"__init__", "__module__", "__doc__", "__constants__", "extra_repr", "reset_parameters"})


def is_layer(module: nn.Module) -> bool:
    """Whether ``module`` is one call: one of torch's own layers, known to the catalogue or not, or one of torchvision's that
    the catalogue knows. Containers are not, and a class made from a layer is not if it computes something else."""
    kind = _library_class(module)
    if kind is None or issubclass(kind, (nn.Sequential, nn.ModuleList, nn.ModuleDict)):
        return False
    return kind.__module__.startswith("torch.nn.") or kind.__name__ in _MADE_BY or kind is ops.Permute


def _library_class(module: nn.Module) -> type[nn.Module] | None:
    """The class of torch or torchvision whose behaviour ``module`` has; None if its own classes change that."""
    own: set[str] = set()
    for kind in type(module).__mro__:
        if kind.__module__.startswith(_LIBRARIES):
            return kind if not (own - _FREE_TO_CHANGE) & set(dir(kind)) else None
        own |= {name for name, value in vars(kind).items() if callable(value) or isinstance(value, property)}
    return None


def layer_of(module: nn.Module, inputs: tuple[Shape, ...]) -> Layer:
    """The layer that does what ``module`` does with ``inputs``; raises ``Unsuitable``."""
    kind = _library_class(module)
    assert kind is not None
    if isinstance(module, ops.Permute):
        return permuted(tuple(module.dims))
    if kind is nn.Hardtanh and (module.min_val, module.max_val) == (0, 6):
        return layer_with(BY_KEY["relu6"], {})
    specs = _MADE_BY.get(kind.__name__)
    if not specs:
        name = kind.__name__
        raise Unsuitable(_("There is no layer for {kind} here. {instead}", kind=name, instead=advice.instead(name)))
    spec = next((spec for spec in specs if len(inputs[0]) in spec.accepts), specs[0])
    _refuse_unlike(spec, module, inputs[0])
    layer = layer_with(spec, _settings(spec, module, inputs))
    _compare(layer, kind, module, inputs)
    return layer


def _refuse_unlike(spec: LayerSpec, module: nn.Module, shape: Shape) -> None:
    """Refuse in words of its own what layers do not take, before settings are read one by one."""
    if spec.key in ("softmax", "logsoftmax") and len(shape) == MAPS:
        raise Unsuitable(
            _(
                "No layer here does softmax over the channels of maps, {size}. Put it after the layer that gives one value for "
                "each class, or leave it out.", size=show(shape),
            )
        )  # fmt: skip
    if getattr(module, "momentum", 0.1) is None:
        raise Unsuitable(
            _("With momentum=None it averages over all batches so far. {layer} has a number there: write momentum=0.1.",
              layer=spec.title)
        )  # fmt: skip
    if len(shape) not in spec.accepts:
        raise Unsuitable(_("{layer} cannot take {size}.", layer=spec.title, size=show(shape)))


def layer_with(spec: LayerSpec, settings: Mapping[str, Any]) -> Layer:
    """A layer of the catalogue with these settings; raises ``Unsuitable`` for one that it cannot have."""
    try:
        return Layer(spec, spec.normal(settings))
    except ParamError as error:
        raise Unsuitable(error.message) from error


def permuted(dims: tuple[int, ...]) -> Layer:
    """The layer that puts the axes, batch included, into the order ``dims``."""
    order = ", ".join(str(dim % len(dims)) for dim in dims)
    return layer_with(BY_KEY["permute"], {"order": order})


def _settings(spec: LayerSpec, module: nn.Module, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    read = _READERS.get(spec.key, lambda module, inputs: {})
    given = read(module, inputs)
    return {
        name: _attribute(module, name, inputs) for name in (p.name for p in spec.params) if name not in given
    } | given


def _attribute(module: nn.Module, name: str, inputs: tuple[Shape, ...]) -> Any:
    """An argument of the constructor as the module keeps it."""
    value = getattr(module, name)
    if name == "bias":
        return value is not None
    if name == "output_size":  # of adaptive pooling; None is as large as what arrives
        pair = value if isinstance(value, (tuple, list)) else (value, value)
        return tuple(inputs[0][1 + axis] if size is None else size for axis, size in enumerate(pair))
    if name == "padding" and value == "valid":
        return 0
    return value


def _compare(layer: Layer, kind: type[nn.Module], module: nn.Module, inputs: tuple[Shape, ...]) -> None:
    """Refuse ``module`` if the layer would be built with another argument than it has."""
    built_with = layer.spec.arguments(layer.params, inputs)
    settled = _NOT_COMPARED | _SETTLED.get(layer.spec.key, frozenset())
    for name, argument in _constructor(kind).items():
        if name in settled or argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            continue
        if name == "bias" and getattr(module, "elementwise_affine", getattr(module, "affine", None)) is False:
            continue  # there is none, whatever was asked for
        wanted, got = _attribute(module, name, inputs), built_with.get(name, argument.default)
        if not _same(wanted, got, 1 + len(inputs[0]) if name in ("dim", "start_dim", "end_dim") else 0):
            raise Unsuitable(_unequal(layer.spec.title, name, wanted, got))


def _constructor(kind: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """The arguments of the class that has a constructor of its own."""
    own = next(base for base in kind.__mro__ if "__init__" in vars(base))
    return dict(inspect.signature(own).parameters)


def _unequal(layer: Message, name: str, wanted: Any, got: Any) -> Message:
    return _(
        "It has {name}={wanted}, but {layer} can only have {name}={got} here. Change it in the code, or leave it out.",
        name=name, wanted=wanted, layer=layer, got=got,
    )  # fmt: skip


def _same(wanted: Any, got: Any, axes: int) -> bool:
    """Whether two arguments mean the same: one number stands for height and width, an axis may be counted from the end."""
    if isinstance(wanted, (tuple, list)) or isinstance(got, (tuple, list)):
        first, second = _listed(wanted, got), _listed(got, wanted)
        return len(first) == len(second) and all(_same(a, b, axes) for a, b in zip(first, second, strict=True))
    if axes and isinstance(wanted, int) and isinstance(got, int):
        return wanted % axes == got % axes
    if isinstance(wanted, float) and isinstance(got, float):
        return math.isclose(wanted, got, rel_tol=1e-9)
    return bool(wanted == got)


def _listed(value: Any, other: Any) -> list[Any]:
    return list(value) if isinstance(value, (tuple, list)) else [value] * len(other)


def _pads(module: nn.Module, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    return dict(zip(("left", "right", "top", "bottom"), module.padding, strict=True))  # type: ignore[arg-type]


def _prelu(module: nn.Module, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    return {"per": "one" if module.num_parameters == 1 else "channel"}


def _layer_norm(module: nn.Module, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    return {"over": "all" if tuple(module.normalized_shape) == inputs[0] else "last axis"}  # type: ignore[arg-type]


def _upsample(module: nn.Module, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    asked: Any = module.size if module.size is not None else module.scale_factor
    pair = asked if isinstance(asked, (tuple, list)) else (asked, asked)
    if module.size is not None:
        pair = tuple(side / now for side, now in zip(pair, inputs[0][1:], strict=True))
    if any(factor != int(factor) or factor < 1 for factor in pair):
        raise Unsuitable(
            _(
                "It brings {size} to {wanted}. Upsample makes maps larger by whole factors only: choose a size that is a "
                "multiple, or a factor such as 2; a convolution or pooling with a stride makes them smaller.",
                size=show(inputs[0][1:]),
                wanted=show(tuple(math.floor(side * by + 1e-6) for side, by in zip(inputs[0][1:], pair, strict=True))),
            )
        )  # fmt: skip
    return {"scale_factor": pair, "align_corners": bool(module.align_corners)}


_READERS: dict[str, Callable[[nn.Module, tuple[Shape, ...]], dict[str, Any]]] = {
    "zeropad2d": _pads,
    "reflectionpad2d": _pads,
    "replicationpad2d": _pads,
    "prelu": _prelu,
    "layernorm": _layer_norm,
    "upsample": _upsample,
}
