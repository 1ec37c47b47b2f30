"""How numbers are written for people."""

from __future__ import annotations

from decimal import Decimal

_SMALLEST = 1e-7
"""Zeros behind the point can be counted down to here."""


def plain(value: float, digits: int = 6) -> str:
    """``value`` in so many digits, a small one without a power of ten: ``0.00002``, where Python writes ``2e-05``."""
    words = f"{value:.{digits}g}"
    return f"{Decimal(words):f}" if _SMALLEST <= abs(value) < 1 else words
