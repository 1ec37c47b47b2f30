"""How panels write large counts."""

from __future__ import annotations

_UNITS = ("", "k", "M", "G", "T", "P", "E")


def counted(count: int) -> str:
    """``86,400``; from a million on also in short: ``11,513,626,624 (11.5 G)``."""
    return f"{count:,} ({short(count)})" if count >= 1_000_000 else f"{count:,}"


def short(count: int) -> str:
    """To three digits with a unit: ``950``, ``1.23 M``, ``11.5 G``."""
    if count < 1000:
        return str(count)
    value, unit = float(f"{count:.2e}"), 0  # rounded first: 999,950 is 1 M, not 1000 k
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {_UNITS[unit]}"
