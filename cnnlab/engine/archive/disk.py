"""The calls to the operating system by which a file is read and replaced, in one table."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


def _reader(path: Path) -> BinaryIO:
    # O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is a device, not a file", str(path))
    return file


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, 0o666)


def _append(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, 0o666)


def _sync_folder(path: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True)
class Disk:
    """Every call that can fail while a file is read or written; each raises ``OSError``. A test replaces some of them."""

    reader: Callable[[Path], BinaryIO] = _reader
    """Open for reading."""
    create: Callable[[Path], int] = _create
    """A descriptor of a new, empty file for writing; its mode is what the umask allows. Fails if the file is there."""
    append: Callable[[Path], int] = _append
    """A descriptor of a file that is written at its end; an empty one is made if there is none."""
    make_folder: Callable[[Path], None] = lambda path: path.mkdir(parents=True, exist_ok=True)
    write: Callable[[int, memoryview], int] = os.write
    """How many bytes were taken, which may be fewer than were given."""
    fsync: Callable[[int], None] = os.fsync
    close: Callable[[int], None] = os.close
    fstat: Callable[[int], os.stat_result] = os.fstat
    stat: Callable[[Path], os.stat_result] = os.stat
    chmod: Callable[[Path, int], None] = os.chmod
    replace: Callable[[Path, Path], None] = os.replace
    unlink: Callable[[Path], None] = os.unlink
    names: Callable[[Path], list[str]] = os.listdir
    sync_folder: Callable[[Path], None] = _sync_folder
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    """Bytes that a file in the folder may still take."""


DISK = Disk()
