"""Fetches a set again and again, each time in a process that dies at a later call of the system, and says what was left.

``fetching_child.py ADDRESS``: the set is Fashion-MNIST, the calls are those that change the disk. A line for each process:
how it ended, and what then could be read (``none``, or the number of test pictures).
"""

from __future__ import annotations

import os
import shutil
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab.core.data.published import Download
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.project.project import DataSettings
from cnnlab.core.values import Frozen
from cnnlab.engine.data import datasets, downloads, fetching, set_folders

CALLS = (
    (os, "replace"), (os, "rename"), (os, "fsync"), (shutil, "copyfile"), (shutil, "rmtree"), (Path, "mkdir"),
)  # fmt: skip


def die_at(last: int) -> None:
    """Let this process die in place of the call with that number, counted from 1."""
    calls = 0

    def counted(module: object, name: str) -> None:
        before = getattr(module, name)

        def call(*arguments: object, **named: Any) -> object:
            nonlocal calls
            calls += 1
            if calls == last:
                os._exit(9)
            return before(*arguments, **named)

        setattr(module, name, call)

    for module, name in CALLS:
        counted(module, name)


def main(address: str) -> None:
    """Until a process came to its end."""
    opener = downloads.secure_opener()
    opener.add_handler(urllib.request.HTTPHandler())
    with opener.open(address + "sums") as answer:
        sums = [line.split() for line in answer.read().decode().splitlines()]
    known = {name: Download(address + name, int(size), digest) for name, size, digest in sums}
    downloaded = tuple(known[each.name] for each in SOURCES["fashion_mnist"].downloads)
    fetching.SOURCES = Frozen({"fashion_mnist": replace(SOURCES["fashion_mnist"], downloads=downloaded)})
    ended = 9
    for last in range(1, 100):
        shutil.rmtree(set_folders.home("fashion_mnist").parent, ignore_errors=True)
        child = os.fork()
        if not child:
            die_at(last)
            fetching.fetch("fashion_mnist", opener=opener)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        read = "none"
        if set_folders.is_here("fashion_mnist"):
            datasets._from_disk.cache_clear()
            read = str(len(datasets.load(DataSettings("fashion_mnist")).test))
        fetching.fetch("fashion_mnist", opener=opener)  # goes on from whatever was left
        left = sorted(path.name for path in set_folders.home("fashion_mnist").parent.iterdir())
        print(ended, read, *left)
        if ended == 0:
            return


if __name__ == "__main__":
    main(sys.argv[1])
