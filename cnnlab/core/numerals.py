"""How numbers are written for people: each quantity in one way, wherever it is shown.

Sizes of pictures and layers are written by ``core.shapes``, the values of a setting by the setting itself (``core.params``)."""

from __future__ import annotations

import math
from decimal import Decimal

from cnnlab.core.messages import text as _

NOTHING = "–"
"""In the place of a number that is not known."""

_SMALLEST, _LARGEST = 1e-7, 1e9
"""Between them zeros can be counted."""
_DIGITS = 5
"""How many a number has that is written in a place of fixed width."""
_UNITS = ("", "k", "M", "G", "T", "P", "E")
_BYTES = ("bytes", "kB", "MB", "GB", "TB", "PB")


def whole(value: float | None) -> str:
    """6231.4 as ``6,231``."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}"


def short(count: int) -> str:
    """To three digits with a unit: ``950``, ``1.23 M``, ``11.5 G``."""
    if count < 1000:
        return str(count)
    value, unit = float(f"{count:.2e}"), 0  # rounded first: 999,950 is 1 M, not 1000 k
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {_UNITS[unit]}"


def counted(count: int) -> str:
    """``86,400``; from a million on also in short: ``11,513,626,624 (11.5 G)``."""
    return f"{whole(count)} ({short(count)})" if count >= 1_000_000 else whole(count)


def byte_count(count: float) -> str:
    """``36 TB``, in powers of ten, as people know them."""
    units = iter(_BYTES)
    unit = next(units)
    while count >= 1000 and unit != _BYTES[-1]:
        count, unit = count / 1000, next(units)
    return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"


def plain(value: float, digits: int = 6) -> str:
    """``value`` in so many digits, without a power of ten unless it is very small or large: ``0.00002``, where Python writes
    ``2e-05``."""
    text = f"{value:.{digits}g}"
    return f"{Decimal(text):f}" if _SMALLEST <= abs(value) < _LARGEST else text


def significant(value: float, digits: int = 3) -> str:
    """A weight or an activation with so many significant digits and a true minus sign: ``−0.812``, ``12.3``, ``1,230``; far
    from 1 as ``1.23e−5``."""
    if math.isnan(value):
        return "NaN"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return sign + "∞"
    if size == 0:
        return "0"
    # Rounding first: 0.9996 to three digits is 1.00 and has one digit before the point.
    rounded = float(f"{size:.{digits - 1}e}")
    exponent = math.floor(math.log10(rounded))
    if exponent < -3 or exponent > 5:
        mantissa, _e, power = f"{size:.{digits - 1}e}".partition("e")
        return f"{sign}{mantissa}e{'−' if int(power) < 0 else ''}{abs(int(power))}"
    return f"{sign}{rounded:,.{max(0, digits - 1 - exponent)}f}"


def percent(share: float | None, places: int = 1) -> str:
    """0.984 as ``98.4 %``; so many decimals always, so that columns of them align."""
    if share is None:
        return NOTHING
    return "NaN" if math.isnan(share) else f"{100 * share:.{places}f} %"


def ratio(share: float | None) -> str:
    """A precision, a recall, an F1 or an area under a curve as papers have it: ``0.9861``."""
    return NOTHING if share is None else f"{share:.4f}"


def loss_figure(loss: float | None) -> str:
    """``0.0812``, ``12.346``: five digits, four of them behind the point at most; ``1.2e+05`` where they are too few."""
    return _fitted(loss, 4)


def error_figure(error: float | None, unit: str = "") -> str:
    """A mean absolute error, ``10.650°``: five digits, three of them behind the point at most."""
    return NOTHING if error is None else _fitted(error, 3) + unit


def _fitted(value: float | None, places: int) -> str:
    if value is None:
        return NOTHING
    before = len(f"{abs(value):.0f}")
    return f"{value:.{min(places, _DIGITS - before)}f}" if before <= _DIGITS else f"{value:.1e}"


def answer_figure(value: float, unit: str) -> str:
    """A number that a network gives or should give: ``-12.3°``."""
    return f"{value:.1f}{unit}"


def duration(seconds: float | None) -> str:
    """41 as ``41 s``, 125 as ``2:05 min``, 7,300 as ``2:01 h``."""
    if seconds is None:
        return NOTHING
    rounded = round(seconds)
    if rounded < 60:
        return _("{seconds} s", seconds=rounded)
    if rounded < 3600:
        return _("{minutes}:{seconds:02d} min", minutes=rounded // 60, seconds=rounded % 60)
    return _("{hours}:{minutes:02d} h", hours=rounded // 3600, minutes=rounded % 3600 // 60)


def clock(seconds: float) -> str:
    """``1:02:03``: a duration in a table that programs read too, without a blank in it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
