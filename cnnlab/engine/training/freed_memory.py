"""Memory that one step of a run frees, kept by the process for the next step."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""glibc's names for what ``mallopt`` sets."""
_KEPT = 512 * 2**20
"""Bytes, at the end of the heap, that are not given back to the system while they are free."""
_LARGEST = 2**30
"""Bytes of the largest piece that is taken from the heap; larger ones come from the system and go back to it."""


@cache
def keep() -> bool:
    """Let this process keep freed memory from now on; returns whether that is possible here.

    A step makes and frees the same tensors of some megabytes again and again. Left alone, glibc fetches each from the system and
    gives it back, and the system clears every page of it at the first touch: for small networks that took a third of a step."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # a C library other than glibc
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST) and mallopt(_TRIM_THRESHOLD, _KEPT))
