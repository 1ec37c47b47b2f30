"""The inside of one module: what it calls, in which order, and what goes in and out.

A block becomes a module of its own where it can be called in one go. Where data leaves a block and comes back, as between
the layers of a ``ModuleList``, the block only holds its parts, and the module around calls them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from torch import nn

from cnnlab.engine.codegen.ordering import Ways
from cnnlab.engine.codegen.tree import Block, Leaf, Tree, Value

Ref = tuple[str, int]
"""A value as a module sees it: the key of the part that makes it and its output port, or ``("", input)``."""

_CONTAINERS = frozenset({"", "Module", "ModuleDict", "ModuleList", "Sequential"})
"""Kinds that say nothing about what a block is."""


@dataclass(eq=False)
class Item:
    """One part that a module calls."""

    key: str
    """Its path inside the module."""
    part: Leaf | Body
    sources: tuple[Ref, ...]
    ports: int


@dataclass(eq=False)
class Body:
    """A block that is called in one go."""

    block: Block
    items: dict[str, Item] = field(default_factory=dict)
    """The parts that it calls, in order, by path inside."""
    holders: tuple[str, ...] = ()
    """Paths inside of blocks that only hold parts."""
    inputs: tuple[Value, ...] = ()
    outputs: tuple[Ref, ...] = ()
    results: tuple[Value, ...] = ()
    """The values of the whole network that its outputs are."""
    is_chain: bool = False
    """Whether it is its parts one after the other, and an ``nn.Sequential``."""
    is_numbered: bool = False
    """Whether it is a chain whose parts are called 0, 1, 2…"""

    @property
    def is_inline(self) -> bool:
        """Whether it is written out where it is made, instead of as a class."""
        return self.is_numbered and self.block.kind in _CONTAINERS

    @property
    def kind(self) -> str:
        """The class that it is in code; empty where that is not known."""
        return "" if self.block.kind in _CONTAINERS else self.block.kind

    @property
    def spread(self) -> str:
        """The key of the one join that takes all inputs, however many there are; empty without such a join."""
        whole = tuple(("", port) for port in range(len(self.inputs)))
        for item in self.items.values():
            if (
                item.sources == whole
                and len(whole) > 1
                and isinstance(item.part, Leaf)
                and "{xs}" in item.part.spec.expr
            ):
                readers = [other for other in self.items.values() if any(key == "" for key, _port in other.sources)]
                return item.key if readers == [item] else ""
        return ""

    @property
    def wrapped(self) -> Leaf | None:
        """The expression that this small module was made for; None for a real block."""
        leaf = self.block.children.get("")
        return leaf if isinstance(leaf, Leaf) else None

    def called(self) -> Iterator[Body]:
        """The bodies that are classes of their own and are called from here."""
        for item in self.items.values():
            if isinstance(item.part, Body):
                if item.part.is_inline:
                    yield from item.part.called()
                else:
                    yield item.part


def body_of(block: Block, tree: Tree) -> Body:
    """The inside of ``block``, down to its last layer."""
    units, holders = _units(block)
    parts = {key: body_of(unit, tree) if isinstance(unit, Block) else unit for key, unit in units.items()}
    makes = {key: _made_by(part) for key, part in parts.items()}
    made: dict[Value, Ref] = {value: (key, port) for key, values in makes.items() for port, value in enumerate(values)}
    reads = {key: part.inputs if isinstance(part, Body) else part.sources for key, part in parts.items()}
    ways = Ways({key: [made[value][0] if value in made else "" for value in values] for key, values in reads.items()})
    order = ways.order()
    inputs = tuple(dict.fromkeys(value for key in order for value in reads[key] if value not in made))
    places = {value: ("", port) for port, value in enumerate(inputs)} | made
    inside = {leaf.uid for leaf in block.leaves()}
    leaving = (value for key in order for value in makes[key])
    results = tuple(value for value in leaving if not tree.readers.get(value, frozenset()) <= inside)
    body = Body(block, holders=holders, inputs=inputs, outputs=tuple(made[value] for value in results), results=results)
    for key in order:
        part = parts[key]
        body.items[key] = Item(key, part, tuple(places[value] for value in reads[key]), len(makes[key]))
    body.is_numbered = _is_line(body) and _is_numbered(list(body.items))
    body.is_chain = body.is_numbered or (_is_line(body) and _needs_no_names(list(body.items)))
    if body.is_chain:
        _wrap_expressions(body, tree)
    return body


def _made_by(part: Leaf | Body) -> tuple[Value, ...]:
    return part.results if isinstance(part, Body) else tuple((part.uid, port) for port in range(part.ports))


def _units(block: Block) -> tuple[dict[str, Leaf | Block], tuple[str, ...]]:
    """The parts that the module of ``block`` calls, by path inside, and the paths of blocks that had to be opened for it: called in
    one go, they would wait for each other."""
    units = dict(block.children)
    holders: list[str] = []
    while tangled := _tangled(units):
        for key in tangled:
            opened = units.pop(key)
            assert isinstance(opened, Block)
            holders.append(key)
            units |= {f"{key}.{name}": child for name, child in opened.children.items()}
    return units, tuple(holders)


def _tangled(units: dict[str, Leaf | Block]) -> list[str]:
    """The blocks that lie on a loop when every block is called in one go."""
    import networkx as nx  # a quarter of a second, for the first export only

    leaves = {key: list(unit.leaves()) if isinstance(unit, Block) else [unit] for key, unit in units.items()}
    owner = {leaf.uid: key for key, under in leaves.items() for leaf in under}
    wires = {(owner.get(uid), key) for key, under in leaves.items() for leaf in under for uid, _port in leaf.sources}
    calls = nx.DiGraph((source, target) for source, target in wires if source is not None and source != target)
    loops = [group for group in nx.strongly_connected_components(calls) if len(group) > 1]
    return [key for key in units if isinstance(units[key], Block) and any(key in group for group in loops)]


def _is_line(body: Body) -> bool:
    """Whether each part reads what the one before it made, and nothing else."""
    if body.holders or len(body.inputs) != 1:
        return False
    before: Ref = ("", 0)
    for item in body.items.values():
        alone = item.ports == 1 and not (isinstance(item.part, Leaf) and (item.part.is_bare or item.part.makes_tuple))
        if not alone or item.sources != (before,):
            return False
        before = (item.key, 0)
    return body.outputs == (before,)


def _is_numbered(keys: list[str]) -> bool:
    """Whether ``keys`` are numbers from 0 in order; a few may be left out."""
    if not all(key.isdecimal() and str(int(key)) == key for key in keys):
        return False
    numbers = [int(key) for key in keys]
    return numbers == sorted(numbers) and numbers[-1] < 2 * len(numbers)


def _needs_no_names(keys: list[str]) -> bool:
    """Whether an ``nn.Sequential`` spares code names that it cannot write as attributes, and can have parts of these names."""
    can = all("." not in key and not hasattr(nn.Sequential, key) for key in keys)
    return can and not all(key.isidentifier() for key in keys)


def _wrap_expressions(body: Body, tree: Tree) -> None:
    """Make every expression of a chain a small module, since a chain is made of modules."""
    for key, item in body.items.items():
        leaf = item.part
        if isinstance(leaf, Leaf) and leaf.spec.expr:
            path = f"{body.block.path}.{key}" if body.block.path else key
            wrapped = Block(path, _class_of(leaf), {"": leaf})
            name = leaf.spec.stem
            inner = Body(
                wrapped,
                {name: Item(name, leaf, (("", 0),), 1)},
                inputs=leaf.sources,
                outputs=((name, 0),),
                results=((leaf.uid, 0),),
            )
            body.items[key] = Item(key, inner, item.sources, 1)


def _class_of(leaf: Leaf) -> str:
    """``GlobalAveragePooling``, from the title of the layer."""
    text = leaf.spec.title.template.replace("-", " ").split()
    return "".join(word[:1].upper() + word[1:] for word in text)
