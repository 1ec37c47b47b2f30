"""A whole file: imports, the classes, and which lines belong to which layer."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.engine.codegen import calls, names
from cnnlab.engine.codegen.bodies import Body, Item, body_of
from cnnlab.engine.codegen.classes import Class, Classes
from cnnlab.engine.codegen.constructor import Constructor
from cnnlab.engine.codegen.forward import Forward
from cnnlab.engine.codegen.parameters import Signatures
from cnnlab.engine.codegen.printing import WIDTH, CodeLine, Marks
from cnnlab.engine.codegen.tree import Leaf, Tree, grow
from cnnlab.engine.network import shapes
from cnnlab.engine.network.network import BuildError

_NOTHING: Marks = frozenset()


@dataclass(frozen=True)
class Code:
    """PyTorch source of a network."""

    text: str
    lines: Frozen[str, tuple[range, ...]]
    """By uid: the numbers (from 1) of the lines that make or call this layer, in the class that it lies in."""


def export_code(project: Project) -> Code:
    """The network as one readable module that imports only torch (and torchvision where it must). Its ``state_dict`` has the
    keys of ``engine.network.Network``. Raises ``BuildError`` while something is missing on the way to the Output."""
    facts = shapes.infer(project.graph)
    if facts.blocking:
        raise BuildError(facts.blocking[0].message)
    lines = _File(project, facts).lines()
    found: dict[str, list[int]] = {}
    for number, line in enumerate(lines, 1):
        for uid in line.marks:
            found.setdefault(uid, []).append(number)
    ranges = {uid: tuple(_ranges(numbers)) for uid, numbers in found.items()}
    return Code("".join(f"{line.text}\n" for line in lines), Frozen(ranges))


class _File:
    def __init__(self, project: Project, facts: Facts) -> None:
        self._project = project
        self._facts = facts
        self._tree = grow(project, facts)
        self._classes = Classes(body_of(self._tree.root, self._tree))
        self._signatures = Signatures(self._classes, self._tree)
        self._imports = _imports(self._tree)
        imported = {name for names_ in self._imports.values() for name in names_}
        self._names: dict[Class, str] = {self._classes.main: names.free(names.of_network(project.title), imported)}
        for home in self._classes.all:
            if home is not self._classes.main:
                self._names[home] = names.free(names.of_class(home), imported.union(self._names.values()))

    def lines(self) -> list[CodeLine]:
        """Every line of the file."""
        lines = [*map(CodeLine, self._docstring()), CodeLine("")]
        if any("torch." in leaf.spec.expr + leaf.spec.weight for leaf in self._tree.root.leaves()):
            lines.append(CodeLine("import torch"))
        lines += [CodeLine(f"from {place} import {', '.join(found)}") for place, found in self._imports.items()]
        for home in self._classes.all:
            lines += [CodeLine(""), CodeLine(""), *self._class(home)]
        return lines

    def _class(self, home: Class) -> Iterator[CodeLine]:
        is_main = home is self._classes.main
        body = home.pattern
        entry = frozenset({self._tree.entry}) if is_main else _NOTHING
        exit_ = frozenset({self._tree.exit}) if is_main else _NOTHING
        base = "nn.Sequential" if body.is_chain else "nn.Module"
        yield CodeLine(f"class {self._names[home]}({base}):", entry | exit_ if body.is_chain else _NOTHING)
        yield from (CodeLine(f"    {line}") for line in self._sizes(home))
        uids = _uids(home)
        taken = {*self._names.values(), *(name for found in self._imports.values() for name in found)}
        for method in (
            Constructor(home, self._classes, self._signatures, self._names, uids).lines(),
            Forward(home, self._signatures.of(home), uids, entry, exit_, taken, self._takes_any).lines(),
        ):
            if method:
                yield CodeLine("")
                yield from method

    def _takes_any(self, item: Item) -> bool:
        return isinstance(item.part, Body) and not item.part.is_inline and self._classes.of(item.part).takes_any

    def _sizes(self, home: Class) -> list[str]:
        """The docstring of a class: what goes in and out, as its first block has it."""
        first = home.members[0]
        into = ", ".join(_size(self._tree.shapes[value]) for value in first.inputs)
        out = ", ".join(_size(self._tree.shapes[value]) for value in first.results)
        if home is self._classes.main:
            return [f'"""{into} -> {out}."""']
        more = f" and {len(home.members) - 1} more" if len(home.members) > 1 else ""
        line = f'"""{first.block.path}{more}: {into} -> {out}."""'
        return [line] if len(line) <= WIDTH - 4 else [f'"""{first.block.path}{more}:', f'{into} -> {out}."""']

    def _docstring(self) -> list[str]:
        title = _plain(self._project.title) or self._names[self._classes.main]
        note = _plain(re.split(r"(?<=[.!?])\s", self._project.note.strip(), maxsplit=1)[0])
        into = _size(self._tree.shapes[self._tree.entry, 0])
        figures = (
            f"Input {into}, output {_size(self._tree.shapes[self._tree.answer])}; {self._parameters():,} parameters."
        )
        head, *rest = textwrap.wrap(title.rstrip(".") + ".", WIDTH - 3)
        paragraphs = [textwrap.wrap(note, WIDTH)] if note else []
        paragraphs.append(
            textwrap.wrap(figures, WIDTH) + textwrap.wrap(_normalised(self._project.preprocessing), WIDTH)
        )
        return [f'"""{head}', *rest, *(line for lines in paragraphs for line in ("", *lines)), '"""']

    def _parameters(self) -> int:
        return sum(self._facts.of(leaf.uid).parameters for leaf in self._tree.root.leaves())


def _imports(tree: Tree) -> dict[str, list[str]]:
    """The names to import, by module."""
    found: dict[str, set[str]] = {"torch": {"nn"}}
    for leaf in tree.root.leaves():
        if leaf.spec.make:
            place, name = calls.imported(leaf.spec.make)
            if place != "torch.nn":
                found.setdefault(place, set()).add(name)
    return {place: sorted(found[place]) for place in sorted(found)}


def _uids(home: Class) -> dict[str, Marks]:
    """By the key of a part, with dots inside chains: the layers that it is, in all blocks of the class."""
    found: dict[str, set[str]] = {}

    def walk(body: Body, prefix: str) -> None:
        for item in body.items.values():
            key = prefix + item.key
            if isinstance(item.part, Leaf):
                found.setdefault(key, set()).add(item.part.uid)
            elif item.part.is_inline:
                walk(item.part, f"{key}.")
            elif item.part.wrapped:
                found.setdefault(key, set()).add(item.part.wrapped.uid)

    for member in home.members:
        walk(member, "")
    return {key: frozenset(uids) for key, uids in found.items()}


def _ranges(numbers: list[int]) -> Iterator[range]:
    start = numbers[0]
    for here, after in zip(numbers, [*numbers[1:], 0], strict=True):
        if after != here + 1:
            yield range(start, here + 1)
            start = after


def _normalised(preprocessing: Preprocessing) -> str:
    """How pictures come to the values that the network was trained on."""
    mean, std = (", ".join(f"{value:g}" for value in values) for values in (preprocessing.mean, preprocessing.std))
    if len(preprocessing.mean) == 1:
        return f"Pictures in 0...1, less mean {mean}, divided by {std}."
    return f"Pictures in 0...1, less means ({mean}), divided by ({std})."


def _size(shape: Shape) -> str:
    return f"({', '.join(map(str, ('N', *shape)))})"


def _plain(text: str) -> str:
    """``text`` as it can stand in a docstring."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split()).replace("\\", "\\\\").replace('"', "'")
