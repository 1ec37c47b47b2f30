"""What the options for settings are called, and what they need of each other to have an effect."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.core.messages import text as _
from cnnlab.core.params import Choice, Need
from cnnlab.core.training.settings import NEEDS, TRAINING_PARAMS

_DATA_FLAGS = {"seed": "--split-seed", "folder": "--data"}
"""Where an option is not called as the setting is."""
_OLDER = {"max_steps": ("--most-steps",)}
"""Older names of options, which still work."""
_OPTIONS = {param.name: param.options for param in TRAINING_PARAMS if isinstance(param, Choice)}


def flag(subject: str, name: str) -> str:
    """The option for the field ``name`` of ``Given.<subject>``, such as ``--learning-rate``."""
    called = _DATA_FLAGS.get(name) if subject == "data" else None
    return called or "--" + name.replace("_", "-")


def older_flags(subject: str, name: str) -> tuple[str, ...]:
    """The older names of the option for the field ``name``, which still work."""
    return _OLDER.get(name, ()) if subject == "training" else ()


def needed(name: str) -> str:
    """The options that must be given for the training setting ``name`` to have an effect; empty where nothing must."""
    return _(" and ").join(map(_needed, NEEDS.get(name, ())))


def lacking(name: str) -> str:
    """Why the training setting ``name``, which needs something, has no effect."""
    first, *more = NEEDS[name]
    knowing = first.values
    if more or not knowing or len(_others(first)) < len(knowing):
        return _("it needs {what}", what=needed(name))
    choice = flag("training", first.names[0])
    if len(knowing) == 1:
        return _("only {choice} {value} uses it", choice=choice, value=knowing[0])
    values = _("{others} and {last}", others=", ".join(knowing[:-1]), last=knowing[-1])
    return _("only {choice} {values} use it", choice=choice, values=values)


def _needed(need: Need) -> str:
    names, others = _any_of([flag("training", name) for name in need.names]), _others(need)
    if not need.values:
        return _("a {names} above 0", names=names)
    if len(others) < len(need.values):
        return _("a {name} other than {values}", name=names, values=_any_of(others))
    return f"{names} {_any_of(need.values)}"


def _others(need: Need) -> tuple[str, ...]:
    """What can be chosen in place of what is needed."""
    return tuple(value for value in _OPTIONS.get(need.names[0], ()) if value not in need.values)


def _any_of(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else _("{others} or {last}", others=", ".join(words[:-1]), last=words[-1])
