"""The ``forward`` of a class: one line for each part, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from cnnlab.engine.codegen import printing
from cnnlab.engine.codegen.access import Access
from cnnlab.engine.codegen.bodies import Item
from cnnlab.engine.codegen.calls import Quoted, Word
from cnnlab.engine.codegen.classes import Class
from cnnlab.engine.codegen.growth import EACH, NAME, growth_of
from cnnlab.engine.codegen.parameters import Signature, switch
from cnnlab.engine.codegen.printing import Bracketed, CodeLine, Marks, Piece, Repeated, Text, statement
from cnnlab.engine.codegen.tree import Leaf
from cnnlab.engine.codegen.variables import Variables
from cnnlab.engine.network import layers


class Forward:
    """Writes the ``forward`` of one class. ``uids`` as for the constructor; ``entry`` and ``exit_`` are the layers that the
    first line and the return stand for; no variable is called as one of ``taken``; ``takes_any`` tells which parts take any
    number of inputs."""

    def __init__(
        self,
        home: Class,
        signature: Signature,
        uids: Mapping[str, Marks],
        entry: Marks,
        exit_: Marks,
        taken: Collection[str],
        takes_any: Callable[[Item], bool],
    ) -> None:
        self._home = home
        self._body = home.pattern
        self._signature = signature
        self._spread = self._body.spread if home.takes_any else ""
        self._uids = {key: frozenset[str]() for key in self._body.items}
        for path, inside in uids.items():
            key = path
            while key not in self._uids:  # inside a chain
                key = key.rpartition(".")[0]
            self._uids[key] |= inside
        self._entry = entry
        self._exit = exit_
        self._access = Access(self._body)
        self._growth = None if self._spread else growth_of(self._body, takes_any)
        self._variables = Variables(self._body, taken, self._growth)

    def lines(self) -> list[CodeLine]:
        """The whole method; nothing for a chain, which runs by itself."""
        if self._body.is_chain:
            return []
        inputs = [f"*{NAME}"] if self._spread else self._variables.inputs
        header = Bracketed("def forward", tuple(Text(name) for name in ["self", *inputs]), tail=":", marks=self._entry)
        lines = statement(header, 1)
        for item in self._body.items.values():
            if self._home.tail[:1] == (item.key,):
                lines += self._early()
            if self._is_grown(item):
                lines += self._grown(item)
            elif self._body.outputs == ((item.key, 0),) and item.ports == 1 and not _gives_tuple(item):
                own = self._uids[item.key] | self._exit
                return lines + statement(_marked(self._call("return ", item), own), 2)  # nothing follows the answer
            else:
                lines += statement(self._step(item), 2)
        names = tuple(Text(self._variables.of[ref]) for ref in self._body.outputs)
        return lines + statement(Bracketed("return ", names, marks=self._exit, bare=True), 2)

    def _is_grown(self, item: Item) -> bool:
        return self._growth is not None and item in self._growth.run

    def _grown(self, item: Item) -> list[CodeLine]:
        """One part that adds to the list; where all parts of the module do, one loop for all of them."""
        assert self._growth
        run = self._growth.run
        lines: list[CodeLine] = []
        if item is run[0]:
            start = tuple(Text(self._variables.before[ref]) for ref in self._growth.start)
            lines += statement(Bracketed(f"{NAME} = ", start, ("[", "]")), 2)
        if self._access.children[""] == [each.key for each in run]:
            loop = [f"        for {EACH} in self.children():", f"            {NAME}.append({EACH}(*{NAME}))"]
            return lines + [CodeLine(text) for text in loop if item is run[0]]
        call = Bracketed(self._access.to(item.key), (Text(f"*{NAME}"),))
        return lines + statement(Bracketed(f"{NAME}.append", (call,)), 2)

    def _early(self) -> list[CodeLine]:
        """The early return of a block without the tail."""
        attribute = self._signature.kept[switch(self._home.tail[0])]
        assert self._home.early
        return [
            CodeLine(f"        if not self.{attribute}:"),
            CodeLine(f"            return {self._variables.of[self._home.early]}"),
        ]

    def _step(self, item: Item) -> Piece:
        made = [self._variables.of.get((item.key, port), "_") for port in range(item.ports)]
        target = f"({made[0]},)" if _gives_tuple(item) and len(made) == 1 else ", ".join(made)
        return _marked(self._call(f"{target} = ", item), self._uids[item.key])

    def _call(self, head: str, item: Item) -> Piece:
        read = self._read(item)
        here = self._access.to(item.key)
        if not isinstance(item.part, Leaf) or item.part.spec.make:
            return Bracketed(head + here, tuple(map(Text, read)))
        spec = item.part.spec
        arguments = {name: self._argument(item.key, name, value) for name, value in item.part.arguments.items()}
        source = layers.filled(spec.expr, arguments, read, here).replace(f"[*{NAME}]", NAME)
        return printing.piece(head, source)

    def _read(self, item: Item) -> list[str]:
        grown = self._growth is not None and item.sources == self._growth.values
        takes_list = not isinstance(item.part, Leaf) or "{xs}" in item.part.spec.expr
        if item.key == self._spread or (grown and takes_list):
            return [f"*{NAME}"]
        return [self._variables.of[ref] for ref in item.sources]

    def _argument(self, key: str, name: str, value: object) -> object:
        kept = self._signature.kept.get((key, name, -1))
        if kept:
            return Word(f"self.{kept}")
        return Quoted(value) if isinstance(value, str) else value


def _marked(piece: Piece, own: Marks) -> Piece:
    return piece if isinstance(piece, Repeated) else replace(piece, marks=own)


def _gives_tuple(item: Item) -> bool:
    return isinstance(item.part, Leaf) and item.part.makes_tuple
