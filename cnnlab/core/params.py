"""The kinds of settings that a layer or a run has, with their ranges and the words for a value out of range; and classes of
settings that are stated once: each is a field of a frozen value, a row of a form, an option of a command and an entry of a file,
and all of these follow from one line.

A kind turns whatever a form, a file or a script gives into the one normal form that the rest of the code sees
(``Pair`` always stores ``(height, width)``), or refuses it with a ``ParamError`` that says the range.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, ClassVar

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import plain, whole
from cnnlab.core.values import Frozen


class ParamError(Refusal):
    """A value that the setting cannot have; ``message`` says which values it can."""


@dataclass(frozen=True)
class Param:
    """One setting: torch's own argument name, the label and the sentence that the form shows, the default."""

    name: str
    label: Message
    description: Message
    default: Any
    advanced: bool = field(default=False, kw_only=True)
    """Folded away in the form until the person asks for it."""

    def normal(self, value: Any) -> Any:
        """``value`` in normal form; raises ``ParamError``."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """``value`` as a person writes it."""
        return str(value)


def _whole(value: Any, low: int, high: int, label: Message) -> int:
    is_whole = isinstance(value, numbers.Integral) or (isinstance(value, float) and value.is_integer())
    if is_whole and not isinstance(value, bool):  # a numpy number is as good; True is none
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise ParamError(
            _("{label} must be a whole number from {low} to {high}.", label=label, low=low, high=whole(high))
        )
    return value


@dataclass(frozen=True)
class Whole(Param):
    """A whole number in ``low..high``."""

    low: int = 1
    high: int = 2**20
    zero: Message | None = field(default=None, kw_only=True)
    """A word for what 0 means, where it is no number like the others."""

    def normal(self, value: Any) -> int:
        return _whole(value, self.low, self.high, self.label)

    def show(self, value: Any) -> str:
        return str(self.zero) if value == 0 and self.zero is not None else whole(value)


@dataclass(frozen=True)
class Real(Param):
    """A finite number in ``low..high``."""

    low: float = 0.0
    high: float = 1.0
    above_low: bool = False
    """Whether ``low`` itself is refused."""
    zero: Message | None = field(default=None, kw_only=True)
    """A word for what 0 means, where it is no number like the others."""

    def normal(self, value: Any) -> float:
        # Not a number compares as false, and an int may be too large for a float: so compare, and convert afterwards.
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)  # a numpy number is as good
        fits = is_number and self.low <= value <= self.high and not (self.above_low and value == self.low)
        if not fits:
            low, high = plain(self.low), plain(self.high)
            raise ParamError(
                _("{label} must be above {low} and at most {high}.", label=self.label, low=low, high=high)
                if self.above_low
                else _("{label} must be a number from {low} to {high}.", label=self.label, low=low, high=high)
            )
        return float(value)

    def show(self, value: Any) -> str:
        return str(self.zero) if self.zero is not None and value == 0 else plain(value)


@dataclass(frozen=True)
class Flag(Param):
    """Yes or no."""

    def normal(self, value: Any) -> bool:
        if type(value) is not bool:
            raise ParamError(_("{label} must be on or off.", label=self.label))
        return value

    def show(self, value: Any) -> str:
        return str(_("on") if value else _("off"))


@dataclass(frozen=True)
class Option:
    """What one word of a choice is called for people, and a sentence about it."""

    title: Message
    description: Message | None = None


@dataclass(frozen=True)
class Choice(Param):
    """One of a closed list of words, torch's own."""

    options: tuple[str, ...] = ()
    named: Mapping[str, Option] = field(default=Frozen(), kw_only=True)
    """Words for people; an option without an entry is shown as it is. It may stand for ``options``."""

    def __post_init__(self) -> None:
        if not self.options:
            object.__setattr__(self, "options", tuple(self.named))

    def show(self, value: Any) -> str:
        return str(self.named[value].title) if value in self.named else str(value)

    def normal(self, value: Any) -> str:
        if value not in self.options:
            raise ParamError(_("{label} must be one of: {options}.", label=self.label, options=", ".join(self.options)))
        return str(value)


@dataclass(frozen=True)
class Pair(Param):
    """Height and width, each a whole number in ``low..high``; one number stands for both, and one of ``keywords`` may
    stand instead."""

    low: int = 1
    high: int = 4096
    keywords: tuple[str, ...] = ()

    def normal(self, value: Any) -> tuple[int, int] | str:
        if isinstance(value, str) and value in self.keywords:
            return value
        if not isinstance(value, (list, tuple)):
            value = (value, value)
        if len(value) != 2:
            raise ParamError(_("{label} must be one number, or two: height and width.", label=self.label))
        height, width = (_whole(item, self.low, self.high, self.label) for item in value)
        return height, width

    def show(self, value: Any) -> str:
        return value if isinstance(value, str) else "×".join(map(str, value))

    def brief(self, value: Any) -> str:
        """``value`` with one number where two are equal: ``1``, but ``1×2``."""
        return str(value[0]) if isinstance(value, tuple) and value[0] == value[1] else self.show(value)


@dataclass(frozen=True)
class Numbers(Param):
    """A list of finite numbers, each in ``low..high``; text such as ``0.5, 0.25`` stands for one."""

    low: float = -1e6
    high: float = 1e6
    maximum: int = 1024
    """How many at most."""

    def normal(self, value: Any) -> tuple[float, ...]:
        if isinstance(value, str):
            value = _read(value)
        elif type(value) in (int, float):
            value = (value,)
        # Not a number compares as false, and an int may be too large for a float: so compare, and convert afterwards.
        fits = (
            isinstance(value, (list, tuple))
            and 1 <= len(value) <= self.maximum
            and all(type(item) in (int, float) and self.low <= item <= self.high for item in value)
        )
        if not fits:
            raise ParamError(
                _("{label} must be numbers from {low} to {high}, with commas between them.",
                  label=self.label, low=plain(self.low), high=plain(self.high))
            )  # fmt: skip
        return tuple(float(item) for item in value)

    def show(self, value: Any) -> str:
        return ", ".join(f"{item:.9g}" for item in value)


def _read(text: str) -> list[float] | None:
    """The numbers in ``0.5, −2``; None if that is something else."""
    try:
        return [float(part.strip().replace("−", "-")) for part in text.split(",")]
    except ValueError:
        return None


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
    kind: type[Param], label: Message, description: Message, default: Any, *, needs: tuple[Need, ...] = (), **more: Any
) -> Any:
    """One field of a ``Settings`` class, called as the setting is: its kind (``Real``, ``Choice``, …) with label, sentence,
    default and what ``more`` that kind takes. It has an effect where all its ``needs`` hold."""
    made = partial(kind, label=label, description=description, default=default, **more)
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
