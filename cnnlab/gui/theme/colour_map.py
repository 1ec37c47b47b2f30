"""Colour maps of 256 entries from a handful of stops, mixed in Oklab so that equal steps look equal.

Oklab: Björn Ottosson, "A perceptual color space for image processing" (2020). Plain Python: the tables are
needed before the first paint, and 256 entries do not repay loading numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Lab = tuple[float, float, float]

ENTRIES = 256
ZERO = 128
"""Index of the value 0 in a diverging map; −max and +max are at 1 and 255, and 0 repeats 1."""


def sequential(stops: Sequence[str]) -> list[int]:
    """256 ``0xffRRGGBB`` entries through ``stops`` (``#RRGGBB``), whose lightness must rise or fall throughout.

    Each stop is placed where its lightness lies between the ends, so lightness is linear in the index.
    """
    labs = [_oklab(stop) for stop in stops]
    first, span = labs[0][0], labs[-1][0] - labs[0][0]
    places = [(lab[0] - first) / span for lab in labs]
    if any(b <= a for a, b in pairwise(places)):
        raise ValueError(f"the lightness of the stops is not monotonic: {list(stops)}")
    return [_rgb(_between(places, labs, i / (ENTRIES - 1))) for i in range(ENTRIES)]


def diverging(negative: Sequence[str], zero: str, positive: Sequence[str]) -> list[int]:
    """256 ``0xffRRGGBB`` entries: ``zero`` stands at ``ZERO``, each arm runs from there out to its last stop."""
    below = sequential([zero, *negative])
    above = sequential([zero, *positive])
    arm = ENTRIES - 1 - ZERO  # 127 steps on either side
    reach = [round(step * (ENTRIES - 1) / arm) for step in range(arm + 1)]
    return [below[reach[-1]], *(below[i] for i in reversed(reach[1:])), *(above[i] for i in reach)]


def _between(places: Sequence[float], labs: Sequence[Lab], at: float) -> Lab:
    for (left, a), (right, b) in pairwise(zip(places, labs, strict=True)):
        if at <= right:
            share = (at - left) / (right - left)
            return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2]))
    return labs[-1]


def _oklab(colour: str) -> Lab:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _rgb(lab: Lab) -> int:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return 0xFF << 24 | _byte(red) << 16 | _byte(green) << 8 | _byte(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _byte(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    channel = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * channel)
