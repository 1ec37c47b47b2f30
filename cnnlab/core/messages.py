"""Text for people: a template that a translator can see, and the values that go into it.

``core`` and ``engine`` return ``Message`` values (``from .messages import message as _``); ``gui`` and ``cli`` want
strings at once (``from ..core.messages import text as _``). Both are spelled ``_`` so that one extraction finds all.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_translation: gettext.NullTranslations = gettext.NullTranslations()


def use_translation(translation: gettext.NullTranslations) -> None:
    """Make every text formatted from now on come from ``translation``; the app calls it once at start."""
    global _translation
    _translation = translation


@dataclass(frozen=True)
class Message:
    """An English template with named fields, and their values. ``str()`` translates, then fills in."""

    template: str
    args: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __str__(self) -> str:
        # An argument may be a message itself; format() then calls its __str__.
        text = _translation.gettext(self.template) if self.template else ""
        return text.format(**self.args) if self.args else text

    def __reduce__(self) -> tuple[Any, ...]:
        # For another process: a view of a dict cannot be pickled.
        return Message, (self.template, dict(self.args))


class Refusal(ValueError):
    """What was asked for is not done, and nothing was changed; ``message`` says why, and what to do.

    The base of all errors that are meant for people; any other exception is a fault of ours."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def message(template: str, /, **args: Any) -> Message:
    """``Message`` from a template and its values."""
    return Message(template, MappingProxyType(args))


def text(template: str, /, **args: Any) -> str:
    """A finished string from a template and its values, in the language of the app."""
    return str(message(template, **args))
