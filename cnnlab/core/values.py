"""A frozen mapping, because project values must hash and never change under a worker's feet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Frozen(Mapping[K, V], Generic[K, V]):
    """An immutable mapping: equal by content, hashable when its values are, with ``|`` to make a changed one."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[K, V] | None = None, /) -> None:
        self._items: dict[K, V] = dict(items or {})
        self._hash: int | None = None

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Frozen):
            return self is other or self._items == other._items
        return super().__eq__(other)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __or__(self, other: Mapping[K, V]) -> Frozen[K, V]:
        return Frozen({**self._items, **other})

    def without(self, keys: frozenset[K] | set[K]) -> Frozen[K, V]:
        """The mapping without ``keys``."""
        return Frozen({key: value for key, value in self._items.items() if key not in keys})

    def __repr__(self) -> str:
        return f"Frozen({self._items!r})"


def frozen(value: object) -> object:
    """``value`` with every dict a ``Frozen`` and every list a tuple, all the way down."""
    if isinstance(value, Mapping):
        return Frozen({key: frozen(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(frozen(item) for item in value)
    return value


def thawed(value: object) -> object:
    """The JSON twin of ``frozen``: dicts and lists again."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [thawed(item) for item in value]
    return value
