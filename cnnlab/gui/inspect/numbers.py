"""Numbers as people read them: few digits, a true minus sign, no noise."""

from __future__ import annotations

import math


def significant(value: float, digits: int = 3) -> str:
    """``value`` with so many significant digits: ``−0.812``, ``12.3``, ``1,230``; far from 1 as ``1.23e−5``."""
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
        mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
        return f"{sign}{mantissa}e{'−' if int(power) < 0 else ''}{abs(int(power))}"
    return f"{sign}{rounded:,.{max(0, digits - 1 - exponent)}f}"


def percentage(probability: float) -> str:
    """``97.3 %``; one decimal always, so that columns of them align."""
    return "NaN" if math.isnan(probability) else f"{100 * probability:.1f} %"
