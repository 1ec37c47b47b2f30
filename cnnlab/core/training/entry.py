"""What the entries of optimisers and losses have in common: both are something of torch that gets its arguments from settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.core.params import Option, Settings
from cnnlab.core.values import Frozen


@dataclass(frozen=True, kw_only=True)
class Entry(Option):
    """One choice among optimisers or losses, with its title and a sentence about it."""

    make: str
    """Dotted name of the class or function: of torch, or of ``engine.training`` where torch has none."""
    arguments: Mapping[str, str | tuple[str, ...]] = Frozen()
    """Which setting, or settings as a tuple, each of its arguments is."""

    @property
    def uses(self) -> frozenset[str]:
        """The settings that have an effect on it and not on every other choice of its kind."""
        given = self.arguments.values()
        return frozenset(name for each in given for name in ((each,) if isinstance(each, str) else each))

    def given(self, settings: Settings) -> dict[str, Any]:
        """The arguments of ``make``, taken from ``settings``."""
        return {
            argument: getattr(settings, names)
            if isinstance(names, str)
            else tuple(getattr(settings, name) for name in names)
            for argument, names in self.arguments.items()
        }
