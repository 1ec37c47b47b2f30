"""How numbers are written for people."""

from __future__ import annotations

from decimal import Decimal

_SMALLEST, _LARGEST = 1e-7, 1e9
"""Between them zeros can be counted."""


def plain(value: float, digits: int = 6) -> str:
    """``value`` in so many digits, without a power of ten unless it is very small or large: ``0.00002``, where Python writes
    ``2e-05``."""
    words = f"{value:.{digits}g}"
    return f"{Decimal(words):f}" if _SMALLEST <= abs(value) < _LARGEST else words
