"""How the constructors of torch are called: settings as they stand in code, which arguments have names, which can be left out."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.params import Pair


def literal(value: Any) -> str:
    """``value`` as Python code, in the form that formatters ask for."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value).replace("e+", "e")


def brief(spec: LayerSpec, name: str, value: Any) -> Any:
    """One number where height and width are equal, and for the only size of a layer: ``3``, not ``(3, 3)``."""
    if not isinstance(value, tuple):
        return value
    is_pair = any(param.name == name and isinstance(param, Pair) for param in spec.params)
    alone = len(value) == 1 and name == "normalized_shape"
    return value[0] if alone or (is_pair and value[0] == value[1]) else value


class Word(str):
    """Text that stands for itself when an expression is filled in, with ``!r`` too."""

    def __repr__(self) -> str:
        return str(self)


class Quoted(str):
    """A word of the catalogue, which ``!r`` quotes as formatters ask for."""

    def __repr__(self) -> str:
        return literal(str(self))


REQUIRED = inspect.Parameter.empty
_MAX_WITHOUT_NAME = 2


@lru_cache(maxsize=256)
def defaults(make: str) -> Mapping[str, Any]:
    """The arguments of a constructor, by its dotted name, in order, and what they are when left out (or ``REQUIRED``)."""
    place, name = make.rsplit(".", 1)
    signature = inspect.signature(getattr(importlib.import_module(place), name))
    return {
        parameter.name: parameter.default
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def arguments(make: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The arguments of a call, from the code of each: without those that say what torch takes anyway, the first required
    ones without their names."""
    known = defaults(make)
    written: list[str] = []
    for place, (name, default) in enumerate(known.items()):
        if name not in texts:
            continue
        if default is REQUIRED and place == len(written) < _MAX_WITHOUT_NAME:
            written.append(texts[name])
        elif not _is_default(name, default, texts):
            written.append(f"{name}={texts[name]}")
    return tuple(written)


def _is_default(name: str, default: Any, texts: Mapping[str, str]) -> bool:
    if default is REQUIRED:
        return False
    if name == "stride" and default is None:  # the layers of torch that pool move by their kernel then
        return texts[name] == texts["kernel_size"]
    if type(default) is int and texts[name] == literal(float(default)):
        return True
    return texts[name] == literal(default)


def imported(make: str) -> tuple[str, str]:
    """The module from which a constructor comes, and what it is called in code: ``torch.nn`` and ``nn.Conv2d``."""
    place, name = make.rsplit(".", 1)
    return place, f"nn.{name}" if place == "torch.nn" else name
