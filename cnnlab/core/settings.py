"""Settings that are told once: each is a field of a frozen value, a row of a form, an option of a command and an entry of a
file, and all of these follow from one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, ClassVar

from cnnlab.core.messages import Message
from cnnlab.core.params import Param


@dataclass(frozen=True)
class Need:
    """What must be so for a setting to have an effect: one of the settings ``names`` is one of ``values``, or, where there are
    no values to choose from, on or above 0."""

    names: tuple[str, ...]
    values: tuple[str, ...] = ()

    def holds(self, settings: Settings) -> bool:
        """Whether it is so in ``settings``."""
        found = (getattr(settings, name) for name in self.names)
        return any(value in self.values if self.values else value for value in found)


def setting(
    kind: type[Param], label: Message, words: Message, default: Any, *, needs: tuple[Need, ...] = (), **more: Any
) -> Any:
    """One field of a ``Settings`` class, called as the setting is: its kind (``Real``, ``Choice``, …) with label, sentence,
    default and what ``more`` that kind takes. It has an effect where all its ``needs`` hold."""
    made = partial(kind, label=label, words=words, default=default, **more)
    return field(default=default, metadata={"param": made, "needs": needs})


@dataclass(frozen=True)
class Settings:
    """Base of the frozen dataclasses whose fields are made by ``setting``. A value that a setting can have comes to its normal
    form; any other raises ``ParamError``."""

    heading: ClassVar[Message] = Message("")
    """What they are called together, in a form; empty where they stand alone."""

    def __post_init__(self) -> None:
        for param in params(type(self)):
            object.__setattr__(self, param.name, param.normal(getattr(self, param.name)))


_params: dict[type[Settings], tuple[Param, ...]] = {}


def params(kind: type[Settings]) -> tuple[Param, ...]:
    """The settings of a class, in the order of its fields."""
    if kind not in _params:
        _params[kind] = tuple(each.metadata["param"](name=each.name) for each in fields(kind))
    return _params[kind]


def needs(kind: type[Settings]) -> Mapping[str, tuple[Need, ...]]:
    """What each setting of a class needs to have an effect, by name; those that always have one are not in it."""
    return {each.name: each.metadata["needs"] for each in fields(kind) if each.metadata["needs"]}


def with_effect(settings: Settings, needed: Mapping[str, tuple[Need, ...]]) -> frozenset[str]:
    """The names of the settings that have an effect, where ``needed`` says what each of them needs."""
    names = frozenset(param.name for param in params(type(settings)))
    return names - {name for name, all_of in needed.items() if not all(need.holds(settings) for need in all_of)}


def changed(params: Iterable[Param], values: object) -> tuple[tuple[Message, str], ...]:
    """Label and value of the settings among ``params``, attributes of ``values``, that are not at their default."""
    pairs = ((param, getattr(values, param.name)) for param in params)
    return tuple((param.label, param.show(value)) for param, value in pairs if value != param.normal(param.default))
