"""The ``forward`` of a class: one line for each part, in the order in which they run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from cnnlab.engine import ops
from cnnlab.engine.codegen import expressions
from cnnlab.engine.codegen.access import Access
from cnnlab.engine.codegen.bodies import Item
from cnnlab.engine.codegen.classes import Class
from cnnlab.engine.codegen.literals import Quoted, Word
from cnnlab.engine.codegen.parameters import Signature, switch
from cnnlab.engine.codegen.printing import Group, Line, Marks, Piece, Repeated, Text, statement
from cnnlab.engine.codegen.tree import Leaf
from cnnlab.engine.codegen.variables import Variables


class Forward:
    """Writes the ``forward`` of one class. ``uids`` as for the constructor; ``entry`` and ``exit_`` are the layers that the
    first line and the return stand for; no variable is called as one of ``taken``."""

    def __init__(
        self,
        home: Class,
        signature: Signature,
        uids: Mapping[str, Marks],
        entry: Marks,
        exit_: Marks,
        taken: Collection[str],
    ) -> None:
        self._signature = signature
        self._home = home
        self._body = home.pattern
        self._spread = self._body.spread if home.takes_any else ""
        self._uids = uids
        self._entry = entry
        self._exit = exit_
        self._access = Access(self._body)
        self._variables = Variables(self._body, taken)

    def lines(self) -> list[Line]:
        """The whole method; nothing for a chain, which runs by itself."""
        if self._body.is_chain:
            return []
        inputs = ["*xs"] if self._spread else self._variables.inputs
        header = Group("def forward", tuple(Text(name) for name in ["self", *inputs]), tail=":", marks=self._entry)
        lines = statement(header, 1)
        items = list(self._body.items.values())
        for item in items[:-1]:
            if self._home.tail[:1] == (item.key,):
                lines += self._early()
            lines += statement(self._step(item), 2)
        last = items[-1]
        if self._home.tail[:1] == (last.key,):
            lines += self._early()
        if self._body.outputs == ((last.key, 0),) and last.ports == 1 and not _gives_tuple(last):
            return lines + statement(_marked(self._call("return ", last), self._uids_of(last) | self._exit), 2)
        lines += statement(self._step(last), 2)
        names = tuple(Text(self._variables.of[ref]) for ref in self._body.outputs)
        return lines + statement(Group("return ", names, marks=self._exit, bare=True), 2)

    def _early(self) -> list[Line]:
        """What a block without the tail does."""
        attribute = self._signature.kept[switch(self._home.tail[0])]
        assert self._home.early
        return [
            Line(f"        if not self.{attribute}:"),
            Line(f"            return {self._variables.of[self._home.early]}"),
        ]

    def _step(self, item: Item) -> Piece:
        made = [self._variables.of.get((item.key, port), "_") for port in range(item.ports)]
        target = f"({made[0]},)" if _gives_tuple(item) and len(made) == 1 else ", ".join(made)
        return _marked(self._call(f"{target} = ", item), self._uids_of(item))

    def _call(self, head: str, item: Item) -> Piece:
        read = [self._variables.of[ref] for ref in item.sources]
        here = self._access.to(item.key)
        if not isinstance(item.part, Leaf) or item.part.spec.make:
            return Group(head + here, tuple(map(Text, read)))
        spec = item.part.spec
        arguments = {name: self._argument(item.key, name, value) for name, value in item.part.arguments.items()}
        if item.key == self._spread:
            source = ops.filled(spec.expr, arguments, ["*xs"], here).replace("[*xs]", "xs")
        else:
            source = ops.filled(spec.expr, arguments, read, here)
        return expressions.piece(head, source)

    def _argument(self, key: str, name: str, value: object) -> object:
        kept = self._signature.kept.get((key, name, -1))
        if kept:
            return Word(f"self.{kept}")
        return Quoted(value) if isinstance(value, str) else value

    def _uids_of(self, item: Item) -> Marks:
        inside = (uids for key, uids in self._uids.items() if key.startswith(f"{item.key}."))
        return self._uids.get(item.key, frozenset()).union(*inside)


def _marked(piece: Piece, own: Marks) -> Piece:
    return piece if isinstance(piece, Repeated) else replace(piece, marks=own)


def _gives_tuple(item: Item) -> bool:
    return isinstance(item.part, Leaf) and item.part.makes_tuple
