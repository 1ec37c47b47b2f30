"""Settings as they stand in code."""

from __future__ import annotations

import json
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
