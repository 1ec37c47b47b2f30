"""How much memory this computer has, how much of it is free, and how much of that this process may take where less is allowed than
the machine has: in a container, a batch job, or under ``ulimit``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple


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
    free, room = _available(), allowed()
    # torchrun tells each of its processes how many it has started here.
    together = int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if "RANK" in os.environ else 1
    return (free if room is None else min(free, room)) // together


def _available() -> int:
    """Bytes that no program uses."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # Linux
            kilobytes = dict(line.split()[:2] for line in lines)["MemAvailable:"]
    except (OSError, KeyError):
        return physical_bytes()
    return int(kilobytes) * 1024


_GROUPS = Path("/proc/self/cgroup")
_TREE = Path("/sys/fs/cgroup")
_SIZES = Path("/proc/self/statm")


class _Names(NamedTuple):
    """The files of a control group."""

    limit: str
    usage: str
    cache: str
    """The entry of ``memory.stat`` for files that were read: counted as used, and given back when needed."""


_SECOND = _Names("memory.max", "memory.current", "inactive_file")
_FIRST = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def allowed(groups: Path = _GROUPS, tree: Path = _TREE, sizes: Path = _SIZES) -> int | None:
    """Bytes that the tightest limit leaves, 0 or more; None where there is none, or the system does not say. ``groups`` names the
    control groups of this process, which are folders in ``tree``; ``sizes`` has the pages that it has mapped."""
    rooms = [left for folder, names in _folders(groups, tree) if (left := _left(folder, names)) is not None]
    mapped = _left_to_map(sizes)
    if mapped is not None:
        rooms.append(mapped)
    return max(min(rooms), 0) if rooms else None


def _folders(groups: Path, tree: Path) -> Iterator[tuple[Path, _Names]]:
    """The control groups of the process and all above them, with the names of their files: the limit of each holds."""
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, names = (tree / "memory", _FIRST) if controllers else (tree, _SECOND)
        folder = top / path.lstrip("/")
        yield folder, names
        for above in folder.parents:
            if above.is_relative_to(top):
                yield above, names


def _left(folder: Path, names: _Names) -> int | None:
    try:
        limit = (folder / names.limit).read_text().strip()
        used = int((folder / names.usage).read_text())
    except (OSError, ValueError):  # the group of all processes has neither
        return None
    return None if limit == "max" else int(limit) - used + _cache(folder, names)


def _cache(folder: Path, names: _Names) -> int:
    try:
        lines = (folder / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    return int(dict(line.split(maxsplit=1) for line in lines).get(names.cache, 0))


def _left_to_map(sizes: Path) -> int | None:
    """Bytes that ``ulimit -v`` leaves; None without such a limit."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        mapped = int(sizes.read_text().split()[0])
    except OSError:  # not Linux
        return None
    return limit - mapped * os.sysconf("SC_PAGE_SIZE")
