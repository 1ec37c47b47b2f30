"""Which blocks share a class.

Blocks of one kind that call the same parts in the same way are one class, whatever their numbers are. So are blocks that
differ in how their shortcut is: one has a part more on it, such as ``downsample``, where an ``nn.Identity`` stands in the
other; or one adds a shortcut at its end, and the other returns before that.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from cnnlab.engine.codegen.bodies import Body, Ref
from cnnlab.engine.codegen.tree import Leaf
from cnnlab.engine.network import layers

Key = Hashable


@dataclass(eq=False)
class Class:
    """One class of the exported code."""

    pattern: Body
    """The block with the most parts; the class is written down from this one."""
    members: list[Body] = field(default_factory=list)
    """All blocks that are of this class, in the order in which they run."""
    optional: set[str] = field(default_factory=set)
    """Keys of parts that not every member has; an identity stands in for each."""
    tail: tuple[str, ...] = ()
    """Keys of the last parts, where not every member has them."""
    early: Ref | None = None
    """The value that a member without the tail returns."""

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
        """Whether ``body`` is of class ``home`` but for parts that may be missing; then the class says so."""
        if home.pattern.kind != body.kind or home.pattern.is_chain or body.is_chain or home.tail:
            return False
        small, large = sorted((home.pattern, body), key=lambda other: len(other.items))
        extra = large.items.keys() - small.items.keys()
        if not extra or not small.items.keys() <= large.items.keys() or home in self._after(body.called()):
            return False
        if all(_can_be_left_out(large, key) for key in extra) and self._key(large, extra) == self._key(small):
            home.optional |= extra - {large.spread}
        elif (
            not home.optional
            and _is_shortcut(large, extra, small.outputs)
            and self._key(large, extra, small.outputs) == self._key(small)
        ):
            home.tail = tuple(key for key in large.items if key in extra)
            home.early = small.outputs[0]
        else:
            return False
        home.pattern = large
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

    def _key(self, body: Body, without: AbstractSet[str] = frozenset(), outputs: tuple[Ref, ...] = ()) -> Key:
        """A key that is equal for blocks with the same code but for its numbers, as if the parts ``without`` let their
        input through, or as if it returned ``outputs``."""
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
        outputs = outputs or tuple(map(seen, body.outputs))
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
        return layers.filled(part.spec.expr, arguments, names, "{}"), form, part.ports


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


def _is_shortcut(body: Body, extra: AbstractSet[str], before: tuple[Ref, ...]) -> bool:
    """Whether the parts ``extra`` are the end of a block, add a shortcut, and begin with the one value ``before``."""
    end = [item for item in body.items.values() if item.key in extra]
    adds = any(isinstance(item.part, Leaf) and item.part.spec.key == "add" for item in end)
    if not adds or len(before) != 1 or any("." in item.key for item in end) or body.spread in extra:
        return False
    is_end = list(body.items)[-len(end) :] == [item.key for item in end]
    return is_end and body.outputs == ((end[-1].key, 0),) and before[0] in end[0].sources


def _bodies(body: Body) -> Iterator[Body]:
    for inner in body.called():
        yield from _bodies(inner)
    yield body


def _height(body: Body) -> int:
    return 1 + max(map(_height, body.called()), default=0)
