"""Names for the variables of a ``forward``.

Along a chain it is ``x`` all the way. Where data divides, the longer of two ways keeps the name and a shortcut gets its own;
three or more ways, or equally long ones, are each called after the part that they begin with.
"""

from __future__ import annotations

from collections.abc import Collection

from cnnlab.engine.codegen import names
from cnnlab.engine.codegen.bodies import Body, Item, Ref
from cnnlab.engine.codegen.growth import EACH, NAME, Growth
from cnnlab.engine.codegen.ordering import Ways
from cnnlab.engine.codegen.tree import Leaf


class Variables:
    """The name of every value of one module. A name is used again once its last value is no longer needed."""

    def __init__(self, body: Body, taken: Collection[str], growth: Growth | None) -> None:
        self._body = body
        self._taken = frozenset(taken) | ({NAME, EACH} if growth else set())
        self._ways = Ways({key: [ref[0] for ref in item.sources] for key, item in body.items.items()})
        self._readers: dict[Ref, list[Item]] = {}
        for item in body.items.values():
            for ref in dict.fromkeys(item.sources):
                self._readers.setdefault(ref, []).append(item)
        self._needed_after = {ref: readers[-1] for ref, readers in self._readers.items()}
        count = len(body.inputs)
        self.inputs = ["x"] if count == 1 else ["x", "y"] if count == 2 else [f"x{port + 1}" for port in range(count)]
        """The arguments of ``forward``."""
        self.of: dict[Ref, str] = {("", port): name for port, name in enumerate(self.inputs)}
        """The name of each value that is read, by the part that makes it and its port."""
        self.before: dict[Ref, str] = {}
        """The names of what is in the list that grows at first."""
        self._live = dict(self.of)
        for item in body.items.values():
            if growth and item in growth.run:
                self._put_in_list(item, growth)
            else:
                self._name(item)

    def _put_in_list(self, item: Item, growth: Growth) -> None:
        if item is growth.run[0]:
            self.before = {ref: self.of[ref] for ref in growth.start}
            for place, ref in enumerate(growth.values):
                self.of[ref] = f"{NAME}[{place}]"
                self._live.pop(ref, None)

    def _name(self, item: Item) -> None:
        done = {ref for ref in item.sources if self._needed_after[ref] is item and ref not in self._body.outputs}
        ending = [self._live[ref] for ref in dict.fromkeys(item.sources) if ref in done and ref in self._live]
        for ref in done:
            self._live.pop(ref, None)
        read = [port for port in range(item.ports) if self._is_read((item.key, port))]
        for port in read:
            name = self._best(item, ending)
            if item.ports > 1:
                name = f"{name}{port + 1}"
            self._live[item.key, port] = self.of[item.key, port] = self._free(name)

    def _is_read(self, ref: Ref) -> bool:
        return ref in self._readers or ref in self._body.outputs

    def _best(self, item: Item, ending: list[str]) -> str:
        sources = dict.fromkeys(item.sources)
        if len(sources) > 1:
            return ending[0] if ending and "x" in self._live.values() else "x"
        (source,) = sources
        beginnings = [reader for reader in self._readers[source] if len(set(reader.sources)) == 1]
        lengths = [self._ways.branch(each.key).length for each in beginnings] if len(beginnings) == 2 else []
        alike = len(beginnings) > 2 or (bool(lengths) and lengths[0] == lengths[1])
        if ending and not alike:
            return ending[0]
        if len(beginnings) == 1:
            return "y"
        end = self._body.items.get(self._ways.branch(item.key).end)
        is_sum = end is not None and isinstance(end.part, Leaf) and end.part.spec.key == "add"
        return "shortcut" if is_sum and not alike else names.variable(item.key)

    def _free(self, name: str) -> str:
        return names.free(name, self._taken.union(self._live.values()))
