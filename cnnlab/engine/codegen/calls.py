"""How the constructors of torch are called: which arguments have names, and which can be left out."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cnnlab.engine.codegen.literals import literal

REQUIRED = inspect.Parameter.empty
_MOST_WITHOUT_NAME = 2


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
        if default is REQUIRED and place == len(written) < _MOST_WITHOUT_NAME:
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
