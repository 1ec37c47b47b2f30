"""How the code of a module reaches its parts: ``self.conv1``, ``self.blocks[0]``, ``self.get_submodule("0")``."""

from __future__ import annotations

from cnnlab.engine.codegen.bodies import Body, Item
from cnnlab.engine.codegen.tree import Leaf


class Access:
    """The parts of one module, and of the blocks in it that only hold parts."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.children: dict[str, list[str]] = {"": []}
        """By path inside, ``""`` for the module itself: the paths of what is registered right under it, in order."""
        for key in [*body.holders, *self._registered()]:
            parent = key.rpartition(".")[0]
            self.children.setdefault(parent, []).append(key)

    def _registered(self) -> list[str]:
        return [key for key, item in self._body.items.items() if is_registered(item)]

    def is_list(self, key: str) -> bool:
        """Whether the block at ``key`` only holds modules that are numbered from 0: an ``nn.ModuleList``."""
        children = self.children.get(key, [])
        if key not in self._body.holders or any(is_bare(self._body.items.get(child)) for child in children):
            return False
        return {child.rpartition(".")[2] for child in children} == {str(place) for place in range(len(children))}

    def to(self, key: str) -> str:
        """The code that gives the part at ``key``."""
        parent, _dot, name = key.rpartition(".")
        if not key:
            return "self"
        if self.is_list(parent):
            return f"{self.to(parent)}[{name}]"
        if name.isidentifier():
            return f"{self.to(parent)}.{name}"
        getter = "get_parameter" if is_bare(self._body.items.get(key)) else "get_submodule"
        return f'{self.to(parent)}.{getter}("{name}")'


def is_registered(item: Item) -> bool:
    """Whether a part is an attribute of its module."""
    return not isinstance(item.part, Leaf) or item.part.is_registered


def is_bare(item: Item | None) -> bool:
    """Whether a part is nothing but a parameter."""
    return item is not None and isinstance(item.part, Leaf) and item.part.is_bare
