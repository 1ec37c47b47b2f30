"""The arguments of a class: what differs between the blocks that share it.

The numbers of all blocks of a class are put side by side. What is the same everywhere stands in the class; what differs is an
argument, and numbers that are always equal to each other are one argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cnnlab.engine.codegen import calls, names
from cnnlab.engine.codegen.bodies import Body
from cnnlab.engine.codegen.calls import brief, literal
from cnnlab.engine.codegen.classes import Class, Classes
from cnnlab.engine.codegen.tree import Leaf, Tree

Hole = tuple[str, str, int]
"""Where a number stands: the key of the part (with dots, inside chains), the argument, and the place in it or −1."""

_SIZES = frozenset(
    {"in_channels", "out_channels", "in_features", "out_features", "num_features", "num_channels", "num_parameters",
     "normalized_shape", "shape", "channels", "groups"}
)  # fmt: skip
"""Arguments that count channels or values."""
_MISSING = ""
_FEWEST_FOR_A_MULTIPLE = 3


@dataclass(eq=False)
class Parameter:
    """One argument of a class."""

    name: str
    is_size: bool
    """Whether it counts channels or values."""
    is_named: bool
    """Whether calls give it by its name."""
    default: str | None
    """The default value as code; None where each call has to give one."""
    values: dict[Body, str]
    """Its value for each block of the class, as code."""


@dataclass(eq=False)
class Signature:
    """The arguments of one class, and what stands in its code where the blocks differ."""

    parameters: list[Parameter] = field(default_factory=list)
    texts: dict[Hole, str] = field(default_factory=dict)
    """The code at each place: a literal, the name of an argument, or a multiple of one."""
    kept: dict[Hole, str] = field(default_factory=dict)
    """Names of the attributes that the module has to have, because an expression needs their value in ``forward``."""

    def written(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        """The arguments of a call, from the code of each."""
        return tuple(
            f"{parameter.name}={texts[parameter.name]}" if parameter.is_named else texts[parameter.name]
            for parameter in self.parameters
            if texts[parameter.name] != parameter.default
        )


@dataclass(eq=False)
class _Column:
    """The numbers at one place, for all blocks of a class."""

    holes: list[Hole]
    name: str
    is_size: bool
    default: str | None
    values: dict[Body, str] = field(default_factory=dict)


class Signatures:
    """The signature of every class."""

    def __init__(self, classes: Classes, tree: Tree) -> None:
        self._classes = classes
        self._tree = tree
        self._of: dict[Class, Signature] = {}
        for home in classes.all:
            self._of[home] = self._signature(home)

    def of(self, home: Class) -> Signature:
        """The signature of one class."""
        return self._of[home]

    def _signature(self, home: Class) -> Signature:
        signature = Signature()
        differing: list[_Column] = []
        # What every block has comes first, so that an argument of an optional part joins one that is there anyway.
        for column in sorted(self._columns(home), key=lambda column: _MISSING in column.values.values()):
            present = set(column.values.values()) - {_MISSING}
            if len(present) == 1:
                signature.texts |= dict.fromkeys(column.holes, present.pop())
            elif not any(_merge(other, column) for other in differing):
                differing.append(column)
        multiples = _multiples(differing, _entering(home, self._tree))
        named = [column for column in differing if column not in multiples] + _switches(home)
        namer = _Namer(home, self._tree, named)
        for column in named:
            parameter = _parameter(column, namer.name(column))
            signature.parameters.append(parameter)
            signature.texts |= dict.fromkeys(column.holes, parameter.name)
        for column, (factor, base) in multiples.items():
            text = f"{factor} * {signature.texts[base.holes[0]]}"
            signature.texts |= dict.fromkeys(column.holes, text)
        differing_holes = [hole for column in [*named, *multiples] for hole in column.holes]
        signature.kept = _kept(home, signature.texts, differing_holes)
        signature.parameters.sort(key=lambda parameter: (parameter.default is not None, parameter.is_named))
        return signature

    def _columns(self, home: Class) -> list[_Column]:
        pattern = list(self._holes(home.pattern))
        columns = {hole: _Column([hole], name, is_size, default) for hole, name, is_size, default, _text in pattern}
        for member in home.members:
            texts = {hole: text for hole, _name, _is_size, _default, text in self._holes(member)}
            for hole, column in columns.items():
                column.values[member] = texts.get(hole, _MISSING)
        return list(columns.values())

    def _holes(self, body: Body, prefix: str = "") -> Iterator[tuple[Hole, str, bool, str | None, str]]:
        """Each place of a number: the name of the argument, whether that is a size, what it is when left out, the number."""
        for item in body.items.values():
            key = prefix + item.key
            if isinstance(item.part, Leaf):
                yield from _of_leaf(key, item.part)
            elif item.part.is_inline:
                yield from self._holes(item.part, f"{key}.")
            else:
                for parameter in self._of[self._classes.of(item.part)].parameters:
                    name, value = parameter.name, parameter.values[item.part]
                    yield (key, name, -1), name, parameter.is_size, parameter.default, value


def _of_leaf(key: str, leaf: Leaf) -> Iterator[tuple[Hole, str, bool, str | None, str]]:
    defaults = calls.defaults(leaf.spec.make) if leaf.spec.make else {}
    for name in dict.fromkeys(leaf.made_with + leaf.run_with):
        value = brief(leaf.spec, name, leaf.arguments[name])
        default = defaults.get(name, calls.REQUIRED)
        usual = None if default is calls.REQUIRED or default is None else literal(default)
        if name in _SIZES and isinstance(value, tuple):
            for place, size in enumerate(value):
                yield (key, name, place), name, True, None, literal(size)
        else:
            yield (key, name, -1), name, name in _SIZES, usual, literal(value)


def _kept(home: Class, texts: Mapping[Hole, str], holes: list[Hole]) -> dict[Hole, str]:
    items = home.pattern.items
    taken = {key.split(".")[0] for key in items}
    kept: dict[Hole, str] = {}
    for key, name, place in holes:
        part = items[key].part if key in items else None
        is_used = isinstance(part, Leaf) and name in part.run_with
        if is_used or (key, name, place) == tail_switch(home):
            text = texts[key, name, place]
            attribute = names.free(text if text.isidentifier() else f"{names.variable(key)}_{name}", taken)
            taken |= {attribute} - {text}
            kept[key, name, place] = attribute
    return kept


def _switches(home: Class) -> list[_Column]:
    """One for each optional part, or for the tail: whether it is there."""
    wanted = {key: key for key in home.pattern.items if key in home.optional}
    wanted |= {home.tail[0]: "shortcut"} if home.tail else {}
    return [
        _Column([switch(key)], name, False, "False", {member: str(key in member.items) for member in home.members})
        for key, name in wanted.items()
    ]


def tail_switch(home: Class) -> Hole | None:
    """The place of the argument that says whether the tail is there."""
    return switch(home.tail[0]) if home.tail else None


def switch(key: str) -> Hole:
    """The place of the argument that says whether an optional part is there."""
    return key, "", -1


def _merge(column: _Column, other: _Column) -> bool:
    """Make ``other`` part of ``column`` if they are of one sort and never differ."""
    if column.is_size != other.is_size or not (column.is_size or column.name == other.name):
        return False
    pairs = {body: (column.values[body], other.values[body]) for body in column.values}
    if any(one != two for one, two in pairs.values() if _MISSING not in (one, two)):
        return False
    column.values = {body: one or two for body, (one, two) in pairs.items()}
    column.holes += other.holes
    if column.name == "groups":  # any other name says more
        column.name = other.name
    return True


def _multiples(columns: list[_Column], entering: Mapping[Body, str]) -> dict[_Column, tuple[int, _Column]]:
    """Sizes that are always the same whole multiple of another; what enters a block is no multiple, but others are of it."""
    sizes = [column for column in columns if column.is_size and _MISSING not in column.values.values()]
    sizes.sort(key=lambda column: column.values != entering)
    found: dict[_Column, tuple[int, _Column]] = {}
    for column in sizes:
        for base in sizes:
            pairs = {(int(column.values[body]), int(base.values[body])) for body in column.values}
            factors = {large // small if large % small == 0 else 0 for large, small in pairs}
            free = base not in found and column not in [other for _factor, other in found.values()]
            enough = len(pairs) >= _FEWEST_FOR_A_MULTIPLE and column.values != entering
            if free and enough and len(factors) == 1 and min(factors) > 1:
                found[column] = factors.pop(), base
                break
    return found


def _parameter(column: _Column, name: str) -> Parameter:
    values = dict(column.values)
    is_named = not column.is_size or column.name == "groups"
    default = column.default if column.default in values.values() and is_named else None
    if _MISSING in values.values() and default is None:
        default, is_named = "None", True
    filled = {body: value or str(default) for body, value in values.items()}
    return Parameter(name, column.is_size, is_named, default, filled)


def _entering(home: Class, tree: Tree) -> dict[Body, str]:
    """The channels or values that enter each block."""
    return {
        member: str(sum(tree.shapes[value][0] for value in (member.inputs if home.takes_any else member.inputs[:1])))
        for member in home.members
    }


class _Namer:
    """Names for the arguments of one class."""

    def __init__(self, home: Class, tree: Tree, columns: list[_Column]) -> None:
        self._taken: set[str] = {"x"}
        self._entering = _entering(home, tree)
        self._leaving = {member: str(tree.shapes[member.results[0]][0]) for member in home.members}
        self._plain = Counter(self._plain_name(column) for column in columns)

    def name(self, column: _Column) -> str:
        """The name of torch's argument alone, if no other has it; else with the part's name before it."""
        name = self._plain_name(column)
        if self._plain[name] > 1:
            key, argument, _place = next((hole for hole in column.holes if hole[1].startswith("out_")), column.holes[0])
            name = names.variable(f"{key}_{argument.removeprefix('out_').removeprefix('in_')}")
        name = names.free(name, self._taken)
        self._taken.add(name)
        return name

    def _plain_name(self, column: _Column) -> str:
        if not column.is_size or column.name == "groups":
            return names.variable(column.name)
        unit = "features" if column.name.endswith("_features") and column.name != "num_features" else "channels"
        enters, leaves = column.values == self._entering, column.values == self._leaving
        if enters and leaves:
            return unit
        return f"in_{unit}" if enters else f"out_{unit}" if leaves else f"mid_{unit}"
