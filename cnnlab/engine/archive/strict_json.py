"""JSON without its traps: what Python's reader takes beyond the standard, or takes twice, is refused here."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.values import thawed
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive.errors import Refused

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = len(str(fmt.WHOLE_BELOW))


def encode(value: object) -> bytes:
    """``value`` as UTF-8; ``Frozen`` and tuples become objects and lists. Raises ``ValueError`` for NaN and infinities."""
    return json.dumps(thawed(value), ensure_ascii=False, allow_nan=False, indent=1).encode()


def decode(data: bytes, member: str) -> Any:
    """The value in ``data``, as dicts, lists, strings, ints, floats, bools and None.

    Raises ``Refused`` ("invalid", at ``member``) for anything but UTF-8, for NaN, infinities and floats that overflow, for
    a key that comes twice, and for numbers, strings and nesting beyond the limits of the format."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_real,
            parse_constant=_no_constant,
        )
        _check(value)
    except UnicodeDecodeError as error:
        raise Refused("invalid", _("It is not UTF-8 text."), where=member) from error
    except json.JSONDecodeError as error:
        reason = _("It is not valid JSON from line {line} on.", line=error.lineno)
        raise Refused("invalid", reason, where=member, details=(str(error),)) from error
    except RecursionError as error:
        raise Refused("invalid", _TOO_DEEP, where=member) from error
    except _Trap as trap:
        raise Refused("invalid", trap.reason, where=member) from trap
    return value


class _Trap(Exception):
    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


_TOO_DEEP = _("It is nested deeper than {limit} levels.", limit=fmt.JSON_DEPTH)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Trap(_("A name occurs twice in one object."))
    return result


def _whole(digits: str) -> int:
    # The length first: Python takes quadratic time for thousands of digits, and refuses still more with a ValueError.
    if len(digits) > _DIGITS + 1 or abs(int(digits)) >= fmt.WHOLE_BELOW:
        raise _Trap(_("A whole number has more than 31 bits."))
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Trap(_("A number is not finite."))
    return value


def _no_constant(name: str) -> NoReturn:
    raise _Trap(_("A number is not finite."))


def _check(value: object) -> None:
    """Depth and strings, with a stack of its own, since a file decides how deep it goes."""
    stack = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, str):
            if len(item) > fmt.TEXT_LENGTH:
                raise _Trap(_("A text is longer than {limit} characters.", limit=whole(fmt.TEXT_LENGTH)))
            if not item.isascii() and _LONE_SURROGATE.search(item):
                raise _Trap(_("A text has an incomplete character."))
        elif isinstance(item, (dict, list)):
            if depth > fmt.JSON_DEPTH:
                raise _Trap(_TOO_DEEP)
            stack.extend((child, depth + 1) for child in item)
            if isinstance(item, dict):
                stack.extend((child, depth + 1) for child in item.values())
