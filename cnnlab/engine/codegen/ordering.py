"""The order in which the parts of a module run: branch after branch, the shortcut before the long way.

The order depends on names and wiring only, so that equal blocks run equally, in whichever order their layers were added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Branch:
    """The way from one part on, until it meets others or divides."""

    length: int
    """How many parts it has."""
    end: str
    """The part where it meets others; empty if it divides or leaves."""
    port: int
    """At which input of ``end`` it arrives."""


class Ways:
    """Who reads whom among the parts of one module. ``sources`` has, for each part, which part each of its inputs reads;
    an empty name stands for what comes from outside."""

    def __init__(self, sources: Mapping[str, Sequence[str]]) -> None:
        self.sources = sources
        self.readers: dict[str, list[str]] = {name: [] for name in sources}
        for name in sorted(sources, key=natural):
            for source in dict.fromkeys(sources[name]):
                if source:
                    self.readers[source].append(name)

    def branch(self, start: str) -> Branch:
        """The branch that begins with ``start``."""
        here, length = start, 1
        while len(self.readers[here]) == 1:
            (reader,) = self.readers[here]
            if len(set(self.sources[reader])) > 1:
                return Branch(length, reader, list(self.sources[reader]).index(here))
            here, length = reader, length + 1
        return Branch(length, "", 0)

    def is_join(self, name: str) -> bool:
        """Whether a part reads several values."""
        return len(self.sources[name]) > 1

    def order(self) -> list[str]:
        """Every part after all that it reads, and one branch after the other. Raises ``ValueError`` on a loop."""
        missing = {name: {source for source in sources if source} for name, sources in self.sources.items()}
        waiting = self._last_first([name for name in missing if not missing[name]])
        done: list[str] = []
        while waiting:
            name = waiting.pop()
            done.append(name)
            ready = []
            for reader in self.readers[name]:
                missing[reader].discard(name)
                if not missing[reader]:
                    ready.append(reader)
            waiting += self._last_first(ready)
        if len(done) < len(self.sources):
            raise ValueError("The parts read each other in a circle.")
        return done

    def _last_first(self, starts: list[str]) -> list[str]:
        if len(starts) < 2:
            return starts
        branches = {name: self.branch(name) for name in starts}

        def rank(name: str) -> tuple[object, ...]:
            branch = branches[name]
            # Of two, the shorter goes first: the longer then ends where the two meet. More stand in the order of ports.
            return branch.length if len(starts) == 2 else 0, branch.port, natural(name)

        return sorted(starts, key=rank, reverse=True)


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts ``branch2`` before ``branch10``."""
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", name)]
