"""How much memory this computer has, and how much of it is free."""

from __future__ import annotations

import os
from functools import cache

from cnnlab.engine.system import memory_limits


@cache
def physical_bytes() -> int:
    """Main memory in bytes; 8 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 * 2**30


def free_bytes() -> int:
    """Main memory that this process can still have, in bytes: what is free, or what a container, a batch job or ``ulimit`` leaves
    of it, shared with the processes of this machine that train together. All of it where the system does not say."""
    free, room = _available(), memory_limits.room()
    # torchrun tells each of its processes how many it has started here.
    together = int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if "RANK" in os.environ else 1
    return (free if room is None else min(free, room)) // together


def _available() -> int:
    """What no program uses."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # Linux
            kilobytes = dict(line.split()[:2] for line in lines)["MemAvailable:"]
    except (OSError, KeyError):
        return physical_bytes()
    return int(kilobytes) * 1024
