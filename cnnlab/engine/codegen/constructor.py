"""The ``__init__`` of a class: a line for each part, or a few where it is long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from cnnlab.engine.codegen import calls, printing
from cnnlab.engine.codegen.access import Access, is_bare, is_registered
from cnnlab.engine.codegen.bodies import Body, Item
from cnnlab.engine.codegen.calls import Word
from cnnlab.engine.codegen.classes import Class, Classes
from cnnlab.engine.codegen.parameters import Signatures, switch
from cnnlab.engine.codegen.printing import Bracketed, CodeLine, Marks, Piece, Repeated, Text, flat, marks, statement
from cnnlab.engine.codegen.tree import Leaf
from cnnlab.engine.network import layers

_FEWEST_IN_A_LOOP = 3


class Constructor:
    """Writes the constructor of one class. ``class_names`` has the names of all; ``uids`` tells by the key of a part (with
    dots, inside chains) which layers it is in all blocks of the class."""

    def __init__(
        self,
        home: Class,
        classes: Classes,
        signatures: Signatures,
        class_names: Mapping[Class, str],
        uids: Mapping[str, Marks],
    ) -> None:
        self._home = home
        self._classes = classes
        self._signatures = signatures
        self._signature = signatures.of(home)
        self._class_names = class_names
        self._uids = uids
        self._access = Access(home.pattern)

    def lines(self) -> list[CodeLine]:
        """The whole method; nothing where there is nothing to make."""
        body = self._home.pattern
        if body.is_numbered:
            made = statement(Bracketed("super().__init__", self._parts(body, ""), stacked=True), 2)
        else:
            made = self._attributes(body)
            kept = {attribute: self._signature.texts[hole] for hole, attribute in self._signature.kept.items()}
            made[:0] = [CodeLine(f"        self.{attribute} = {text}") for attribute, text in kept.items()]
            made[:0] = [CodeLine("        super().__init__()")] if made else []
        if not made:
            return []
        parameters = [
            name.name if name.default is None else f"{name.name}={name.default}" for name in self._signature.parameters
        ]
        header = Bracketed("def __init__", tuple(Text(text) for text in ["self", *parameters]), tail=":")
        return statement(header, 1) + made

    def _attributes(self, body: Body) -> list[CodeLine]:
        lines: list[CodeLine] = []
        begun: set[str] = set()
        for key, item in body.items.items():
            if not is_registered(item):
                continue
            in_list = False
            for holder in self._holders_of(key):
                if holder not in begun and not in_list:
                    begun.add(holder)
                    lines += self._set(holder, self._holder(holder))
                in_list = self._access.is_list(holder)
            if not in_list:
                lines += self._attribute(key, item)
        return lines

    def _holders_of(self, key: str) -> list[str]:
        parts = key.split(".")
        return [path for end in range(1, len(parts)) if (path := ".".join(parts[:end])) in self._home.pattern.holders]

    def _attribute(self, key: str, item: Item) -> list[CodeLine]:
        if key in self._home.tail:
            condition = CodeLine(f"        if {self._signature.texts[switch(self._home.tail[0])]}:")
            return [condition, *self._set(key, self._part(key, item), 3)]
        if key not in self._home.optional:
            return self._set(key, self._part(key, item))
        name = self._signature.texts[switch(key)]
        own = self._uids.get(key, frozenset())
        missing = self._set(key, Text("nn.Identity()", own))
        return [*missing, CodeLine(f"        if {name}:", own), *self._set(key, self._part(key, item), 3)]

    def _set(self, key: str, piece: Piece, depth: int = 2) -> list[CodeLine]:
        """``piece`` as the attribute at ``key``."""
        parent, _dot, name = key.rpartition(".")
        owner = self._access.to(parent)
        if name.isidentifier():
            return statement(_behind(f"{owner}.{name} = ", piece), depth)
        register = "register_parameter" if is_bare(self._home.pattern.items.get(key)) else "add_module"
        own = self._uids.get(key, frozenset())
        return statement(Bracketed(f"{owner}.{register}", (Text(f'"{name}"'), piece), marks=own), depth)

    def _holder(self, key: str) -> Piece:
        if not self._access.is_list(key):
            return Text("nn.Module()")
        items = self._home.pattern.items
        children = sorted(self._access.children[key], key=lambda child: int(child.rpartition(".")[2]))
        parts = [self._part(child, items[child]) if child in items else self._holder(child) for child in children]
        looped = _looped(parts)
        if len(looped) == 1 and isinstance(looped[0], Repeated):
            return Bracketed("nn.ModuleList", (Repeated(looped[0].part, looped[0].count, ""),))
        return Bracketed("nn.ModuleList", (Bracketed("", looped, ("[", "]"), stacked=True),))

    def _parts(self, chain: Body, prefix: str) -> tuple[Piece, ...]:
        """The parts of a chain; an identity holds each place that is left out."""
        parts: list[Piece] = []
        for item in chain.items.values():
            parts += [Text("nn.Identity()")] * (int(item.key) - len(parts))
            parts.append(self._part(prefix + item.key, item))
        return _looped(parts)

    def _part(self, key: str, item: Item) -> Piece:
        own = self._uids.get(key, frozenset())
        if isinstance(item.part, Leaf):
            return self._leaf(key, item.part, own)
        if item.part.is_inline:
            return Bracketed("nn.Sequential", self._parts(item.part, f"{key}."), stacked=True)
        home = self._classes.of(item.part)
        signature = self._signatures.of(home)
        texts = {each.name: self._signature.texts[key, each.name, -1] for each in signature.parameters}
        return Bracketed(self._class_names[home], tuple(map(Text, signature.written(texts))), marks=own)

    def _leaf(self, key: str, leaf: Leaf, own: Marks) -> Piece:
        texts = {name: self._argument(key, name) for name in leaf.made_with}
        if leaf.spec.make:
            _place, name = calls.imported(leaf.spec.make)
            return Bracketed(name, tuple(map(Text, calls.arguments(leaf.spec.make, texts))), marks=own)
        words = {name: Word(text) for name, text in texts.items()}
        made = printing.piece("", layers.filled(leaf.spec.weight, words, [""], ""))
        return Bracketed("nn.Parameter", (made,), marks=own)

    def _argument(self, key: str, name: str) -> str:
        texts = self._signature.texts
        if (key, name, -1) in texts:
            return texts[key, name, -1]
        places = sorted(hole for hole in texts if hole[:2] == (key, name))
        inner = ", ".join(texts[hole] for hole in places)
        return f"({inner},)" if len(places) == 1 else f"({inner})"


def _behind(head: str, piece: Piece) -> Piece:
    if isinstance(piece, Bracketed):
        return replace(piece, head=head + piece.head)
    assert isinstance(piece, Text)
    return replace(piece, text=head + piece.text)


def _looped(parts: list[Piece]) -> tuple[Piece, ...]:
    """Runs of equal parts as comprehensions."""
    looped: list[Piece] = []
    for _text, group in groupby(parts, key=flat):
        run = list(group)
        if len(run) < _FEWEST_IN_A_LOOP:
            looped += run
        else:
            looped.append(Repeated(_marked(run[0], frozenset().union(*map(marks, run))), len(run)))
    return tuple(looped)


def _marked(piece: Piece, own: Marks) -> Piece:
    return piece if isinstance(piece, Repeated) else replace(piece, marks=own)
