"""Names for classes, arguments and variables, from titles and paths."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

from cnnlab.engine.codegen.classes import Class

_LONGEST = 40
_NOT_NAMES = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"I", "O", "l", "self", "torch", "nn"}
"""Words that a name of our own must not hide, and letters that are easily taken for a digit."""


def free(name: str, taken: Collection[str]) -> str:
    """``name``, or with a number behind it what no other has."""
    if name in _NOT_NAMES:
        name += "_"
    free_name, number = name, 1
    while free_name in taken:
        number += 1
        free_name = f"{name}_{number}" if name[-1:].isdecimal() else f"{name}{number}"
    return free_name


def variable(path: str) -> str:
    """``branch2_0`` for ``branch2.0``."""
    name = re.sub(r"\W", "_", path, flags=re.ASCII)[:_LONGEST].strip("_").lower()
    return name if re.match(r"[a-z]", name) else f"layer{name}"


def of_network(title: str) -> str:
    """``LeNet5`` for “LeNet-5”; ``Net`` where the title has no letters to offer."""
    return _capitals(title) or "Net"


def of_class(home: Class) -> str:
    """The name of a class: the kind of its blocks, or else what their paths have in common."""
    kind = re.sub(r"\W", "", home.pattern.kind, flags=re.ASCII).lstrip("_")
    if kind and not kind[0].isdecimal():
        return kind[0].upper() + kind[1:_LONGEST]  # no variable begins with a capital, so none can hide it
    names = [_own_name(member.block.path) for member in home.members]
    if len(names) > 1:
        common = _common_beginning(names).rstrip("0123456789_")
        names[0] = common if len(common) > 2 else names[0]
    return _capitals(names[0]) or "Block"


def _common_beginning(names: list[str]) -> str:
    first, last = min(names), max(names)
    length = next(
        (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:length]


def _own_name(path: str) -> str:
    """The last part of a path that is a word; what is only numbered in it is a block of it."""
    parts = path.split(".")
    words = [part for part in parts if not part.isdecimal()]
    if not words:
        return "block"
    return words[-1] if words[-1] == parts[-1] else f"{words[-1]}_block"


def _capitals(words: str) -> str:
    """``words`` as one word with capitals inside."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    name = "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", plain))[:_LONGEST]
    return f"Net{name}" if name[:1].isdecimal() else name
