"""Which blocks share a class.

Blocks of one kind that call the same parts in the same way are one class, whatever their numbers are. So are blocks of which
one has a part more that data otherwise passes by, such as ``downsample`` on the shortcut of a residual block: where it is
missing, an ``nn.Identity`` stands.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from cnnlab.engine import ops
from cnnlab.engine.codegen.bodies import Body, Ref
from cnnlab.engine.codegen.tree import Leaf

Key = Hashable


@dataclass(eq=False)
class Class:
    """One class of the exported code."""

    pattern: Body
    """The block with the most parts; the class is written down from this one."""
    members: list[Body] = field(default_factory=list)
    """All blocks that are of this class, in the order in which they run."""
    optional: set[str] = field(default_factory=set)
    """Keys of parts that not every member has."""

    @property
    def takes_any(self) -> bool:
        """Whether it takes any number of inputs and joins them all at once."""
        return len({len(member.inputs) for member in self.members}) > 1


class Classes:
    """The classes of a network, each before those that use it, the whole network last."""

    def __init__(self, root: Body) -> None:
        self.all: list[Class] = []
        self._of: dict[Body, Class] = {}
        self._by_key: dict[Key, Class] = {}
        for body in sorted(dict.fromkeys(_bodies(root)), key=_height):
            self._place(body)
        self.main = self._of[root]
        self.all = list(self._after([root]))

    def of(self, body: Body) -> Class:
        """The class of a block that is not written out where it is made."""
        return self._of[body]

    def _place(self, body: Body) -> None:
        key = self._key(body)
        home = self._by_key.get(key) or next((other for other in self.all if self._take_in(other, body)), None)
        if home is None:
            home = Class(body)
            self.all.append(home)
        self._by_key[key] = home
        self._of[body] = home
        home.members.append(body)

    def _take_in(self, home: Class, body: Body) -> bool:
        """Whether ``body`` is of class ``home`` but for optional parts; then the class has them."""
        if home.pattern.kind != body.kind or home.pattern.is_chain or body.is_chain:
            return False
        small, large = sorted((home.pattern, body), key=lambda other: len(other.items))
        extra = large.items.keys() - small.items.keys()
        if not extra or not small.items.keys() <= large.items.keys():
            return False
        if not all(_can_be_left_out(large, key) for key in extra):
            return False
        if self._key(large, extra) != self._key(small) or home in self._after(body.called()):
            return False
        home.pattern = large
        home.optional |= extra - {large.spread}
        return True

    def _after(self, bodies: Iterable[Body]) -> dict[Class, None]:
        """The classes of ``bodies`` and all that they use, each after what it uses itself."""
        found: dict[Class, None] = {}

        def visit(home: Class) -> None:
            if home not in found:
                for member in home.members:
                    for inner in member.called():
                        visit(self.of(inner))
                found[home] = None

        for body in bodies:
            visit(self.of(body))
        return found

    def _key(self, body: Body, without: AbstractSet[str] = frozenset()) -> Key:
        """What the code of a block is apart from its numbers, as if the parts ``without`` let their input through."""
        spread = body.spread

        def seen(ref: Ref) -> Ref:
            while ref[0] in without:
                ref = body.items[ref[0]].sources[0]
            return ref

        items = []
        for item in body.items.values():
            if item.key not in without:
                sources = ("any",) if item.key == spread else tuple(map(seen, item.sources))
                items.append((item.key, self._what(item.part, len(sources), item.key == spread), sources))
        inputs = "any" if spread and spread not in without else 1 if spread else len(body.inputs)
        outputs = tuple(map(seen, body.outputs))
        return body.kind, body.is_chain, inputs, tuple(sorted(items, key=lambda item: item[0])), outputs, body.holders

    def _what(self, part: Leaf | Body, inputs: int, spread: bool) -> Key:
        if isinstance(part, Body):
            if part.is_inline:
                return tuple((key, self._what(item.part, 1, False)) for key, item in part.items.items())
            return id(self.of(part))
        # What has another number of numbers, or a word for one, is not of the same form.
        form = tuple((name, _form(value)) for name, value in part.arguments.items())
        if part.spec.make:
            return part.spec.make, form
        names = ["*"] if spread else [f"{{{port}}}" for port in range(inputs)]
        arguments = {**part.arguments, **dict.fromkeys(part.run_with, "#")}
        return ops.filled(part.spec.expr, arguments, names, "{}"), form, part.ports


def _form(value: object) -> Key:
    return len(value) if isinstance(value, tuple) else value if isinstance(value, str) else None


def _can_be_left_out(body: Body, key: str) -> bool:
    """Whether data would simply pass where this part is missing, and has another way beside it."""
    item = body.items[key]
    if key == body.spread:
        return True
    if len(item.sources) != 1 or item.ports != 1 or (isinstance(item.part, Leaf) and not item.part.spec.make):
        return False
    readers = [other for other in body.items.values() if item.sources[0] in other.sources]
    return len(readers) > 1


def _bodies(body: Body) -> Iterator[Body]:
    for inner in body.called():
        yield from _bodies(inner)
    yield body


def _height(body: Body) -> int:
    return 1 + max(map(_height, body.called()), default=0)
