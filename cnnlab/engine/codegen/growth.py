"""Parts that each read everything that those before them made, as in DenseNet: in code, a list that grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnlab.engine.codegen.bodies import Body, Item, Ref

_FEWEST = 3
NAME = "xs"
"""The variable of the list."""
EACH = "layer"
"""The variable of each part where one loop runs them all."""


@dataclass(frozen=True)
class Growth:
    """Neighbouring parts of one module; each reads what the one before read, and what that one made."""

    run: tuple[Item, ...]

    @property
    def start(self) -> tuple[Ref, ...]:
        """The values in the list at first."""
        return self.run[0].sources

    @property
    def values(self) -> tuple[Ref, ...]:
        """The values in the list at the end."""
        return (*self.run[-1].sources, (self.run[-1].key, 0))


def growth_of(body: Body, takes_any: Callable[[Item], bool]) -> Growth | None:
    """The first long enough row of such parts; all of them must take any number of inputs."""
    run: list[Item] = []
    for item in [*body.items.values(), None]:
        goes_on = item and run and item.sources == (*run[-1].sources, (run[-1].key, 0))
        if run and not goes_on:
            if len(run) >= _FEWEST:
                return Growth(tuple(run))
            run = []
        if item and item.ports == 1 and takes_any(item):
            run.append(item)
    return None
