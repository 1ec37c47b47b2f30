"""The layers of a network as a tree of blocks, by their paths: ``layer1.0.conv1`` is ``conv1`` in ``0`` in ``layer1``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.project.project import Project

Value = tuple[str, int]
"""A value that flows through a wire: the uid of the layer that makes it, and its output port."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """One layer, with all that its code needs."""

    uid: str
    spec: LayerSpec
    arguments: Mapping[str, Any]
    """The arguments of the constructor or of the expression, by name."""
    sources: tuple[Value, ...]
    """The value that each input reads, in port order."""
    ports: int
    """How many outputs it has."""

    @property
    def is_bare(self) -> bool:
        """Whether it is an expression with a parameter of its own, whose name is the path itself."""
        return bool(self.spec.weight)

    @property
    def is_registered(self) -> bool:
        """Whether it is an attribute of the module that it lies in; any other expression is only written where it runs."""
        return bool(self.spec.make) or self.is_bare

    @property
    def made_with(self) -> tuple[str, ...]:
        """The arguments that stand where it is made: all of a constructor, or those that make its bare parameter."""
        return tuple(self.arguments) if self.spec.make else self._fields(self.spec.weight)

    @property
    def run_with(self) -> tuple[str, ...]:
        """The arguments of an expression that are single numbers, which equal blocks may have different."""
        return tuple(name for name in self._fields(self.spec.expr) if type(self.arguments[name]) in (int, float))

    def _fields(self, template: str) -> tuple[str, ...]:
        fields = [name for _text, name, _format, _how in Formatter().parse(template) if name]
        return tuple(name for name in dict.fromkeys(fields) if name in self.arguments)

    @property
    def makes_tuple(self) -> bool:
        """Whether its code gives a tuple, be it of one output."""
        return bool(self.spec.outputs_param) or self.spec.outputs > 1


@dataclass(eq=False)
class Block:
    """Everything under one path. A child's name is the rest of its path: one part, or several for an expression whose own
    block holds nothing that is registered."""

    path: str
    kind: str = ""
    """The class that it is in code, where that is known."""
    children: dict[str, Leaf | Block] = field(default_factory=dict)

    def leaves(self) -> Iterator[Leaf]:
        """All layers under this path."""
        for child in self.children.values():
            if isinstance(child, Block):
                yield from child.leaves()
            else:
                yield child


@dataclass(frozen=True, eq=False)
class Tree:
    """A whole network: its blocks, and where data enters and leaves."""

    root: Block
    entry: str
    """The uid of the Input."""
    exit: str
    """The uid of the Output."""
    answer: Value
    """The value that the Output reads."""
    readers: Mapping[Value, frozenset[str]]
    """Which layers read each value; the Output is one of them."""
    shapes: Mapping[Value, Shape]
    """The size of each value, without the batch axis."""


def grow(project: Project, facts: Facts) -> Tree:
    """The tree of what leads from Input to Output, which ``facts`` say is complete."""
    graph = project.graph
    root = Block("")
    entry, exit_ = graph.of_type("input")[0].uid, graph.of_type("output")[0].uid
    readers: dict[Value, set[str]] = {}
    shapes: dict[Value, Shape] = {}
    for uid in facts.order:
        if uid not in facts.leading:
            continue
        node = graph.by_uid[uid]
        spec = catalog.BY_KEY[node.type]
        sources = tuple((wire.source, wire.source_port) for wire in graph.incoming(uid))
        for source in sources:
            readers.setdefault(source, set()).add(uid)
        shapes |= {(uid, port): shape for port, shape in enumerate(facts.of(uid).outputs)}
        if uid in (entry, exit_):
            continue
        params = spec.normal(node.params)
        inputs = tuple(shape for shape in facts.of(uid).inputs if shape is not None)
        leaf = Leaf(uid, spec, spec.arguments(params, inputs), sources, spec.ports(params))
        _plant(root, node.path, leaf, project)
    _dissolve(root)
    answer = graph.incoming(exit_)[0]
    by_value = {value: frozenset(uids) for value, uids in readers.items()}
    return Tree(root, entry, exit_, (answer.source, answer.source_port), by_value, shapes)


def _plant(root: Block, path: str, leaf: Leaf, project: Project) -> None:
    *parents, name = path.split(".")
    block = root
    for part in parents:
        inner = f"{block.path}.{part}" if block.path else part
        known = project.layout.blocks.get(inner)
        child = block.children.setdefault(part, Block(inner, known.kind if known else ""))
        assert isinstance(child, Block)  # no path of a layer is the beginning of another's
        block = child
    block.children[name] = leaf


def _dissolve(block: Block) -> None:
    """Hand the expressions of blocks that hold nothing else up to the block around."""
    children: dict[str, Leaf | Block] = {}
    for name, child in block.children.items():
        if isinstance(child, Block):
            _dissolve(child)
            if not any(leaf.is_registered for leaf in child.leaves()):
                children |= {f"{name}.{inner}": leaf for inner, leaf in child.children.items()}
                continue
        children[name] = child
    block.children = children
