"""Writes a user's file so that at any moment, and after any failure, the old one or the new one is there."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Code, ProjectError

CHUNK = 2**20
BACKUP_SUFFIX = ".bak"
_TEMPORARY = re.compile(r"\.cnnlab-[0-9a-f]{32}\.part")
_ABANDONED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Stamp:
    """The state of a file at one moment. Two stamps tell the same content by ``size`` and ``sha256``; copying or touching
    a file changes its time only."""

    mtime_ns: int
    size: int
    sha256: str

    def same_content(self, other: Stamp) -> bool:
        return (self.size, self.sha256) == (other.size, other.sha256)


def stamp_of(file: BinaryIO, disk: Disk = DISK) -> Stamp:
    """The stamp of an open file, which is read from its start to its end. Raises ``OSError``."""
    status = disk.fstat(file.fileno())
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return Stamp(status.st_mtime_ns, status.st_size, digest.hexdigest())


def backup_of(path: Path) -> Path | None:
    """The copy of the last good version that lies beside ``path``, if there is one."""
    backup = _backup_path(_real(path))
    return backup if backup.is_file() else None


def write_atomically(
    path: Path,
    content: bytes | memoryview,
    *,
    verify: Callable[[Path], None] | None = None,
    keep_backup: bool = False,
    disk: Disk = DISK,
) -> Stamp:
    """Put ``content`` at ``path``, by way of a new file in the same folder that takes the place of the old one in one step.

    ``verify`` is called with the new file before that and may raise. With ``keep_backup`` the old file is first copied to
    ``<name>.bak``, in the same way. A symbolic link stays one, and the file behind it is replaced; the mode of the old file is
    kept. Raises ``ProjectError``, or what ``verify`` raises; then the old file is as it was."""
    target = _real(path)
    content = memoryview(content)
    there = False
    needed = len(content)
    try:
        old = _status(target, disk)
        there = old is not None
        if old is not None:
            _refuse_read_only(target, old)
            needed += old.st_size if keep_backup else 0
        if disk.free(target.parent) < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _sweep(target.parent, disk)
        temporary = target.parent / f".cnnlab-{uuid4().hex}.part"
        try:
            stamp = _fill(temporary, (content[at : at + CHUNK] for at in range(0, len(content), CHUNK)), old, disk)
            if verify is not None:
                verify(temporary)
            if old is not None and keep_backup:
                _copy(target, _backup_path(target), old, disk)
            disk.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                disk.unlink(temporary)
            raise
    except OSError as error:
        raise _not_written(target, error, needed, there, disk) from error
    # The new file is in its place with its content on the disk. If its name is not, a power cut brings the old one back.
    with suppress(OSError):
        disk.sync_folder(target.parent)
    return stamp


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _backup_path(target: Path) -> Path:
    return target.with_name(target.name + BACKUP_SUFFIX)


def _status(target: Path, disk: Disk) -> os.stat_result | None:
    try:
        return disk.stat(target)
    except FileNotFoundError:
        return None


def may_write(path: Path) -> bool:
    """Whether ``write_atomically`` would get leave to replace the file at ``path``, as far as can be told without trying."""
    target = _real(path)
    return os.access(target.parent, os.W_OK) and not (target.exists() and _is_read_only(target, target.stat()))


def _is_read_only(target: Path, old: os.stat_result) -> bool:
    # Replacing needs no leave of the old file, so the wish that it stay as it is has to be read from its mode.
    return not old.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK)


def _refuse_read_only(target: Path, old: os.stat_result) -> None:
    if _is_read_only(target, old):
        text = _(
            "Not saved: “{name}” is read-only. It was not changed, and none of your work is lost. Save under another name, "
            "or allow writing to the file.",
            name=target.name,
        )
        raise ProjectError("read-only-file", text)


def _fill(path: Path, chunks: Iterable[memoryview | bytes], old: os.stat_result | None, disk: Disk) -> Stamp:
    """Write all of ``chunks`` into a new file at ``path``, with the mode of ``old``, down to the disk."""
    digest = hashlib.sha256()
    file = disk.create(path)
    try:
        for chunk in chunks:
            # Every count is compared: a full disk takes a part of what it is given and calls that success.
            rest = memoryview(chunk)
            while rest:
                taken = disk.write(file, rest)
                if taken <= 0:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                rest = rest[taken:]
            digest.update(chunk)
        disk.fsync(file)
        status = disk.fstat(file)
    except BaseException:
        with suppress(OSError):
            disk.close(file)
        raise
    disk.close(file)
    # File systems without modes refuse to set one, and show the same for every file.
    if old is not None and stat.S_IMODE(old.st_mode) != stat.S_IMODE(status.st_mode):
        disk.chmod(path, stat.S_IMODE(old.st_mode))
    return Stamp(status.st_mtime_ns, status.st_size, digest.hexdigest())


def _copy(source: Path, target: Path, old: os.stat_result, disk: Disk) -> None:
    """Copy ``source`` to ``target``, which is replaced in one step."""
    temporary = target.parent / f".cnnlab-{uuid4().hex}.part"
    try:
        with disk.reader(source) as file:
            _fill(temporary, iter(lambda: file.read(CHUNK), b""), old, disk)
        disk.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            disk.unlink(temporary)
        raise


def _sweep(folder: Path, disk: Disk) -> None:
    """Remove what killed saves left behind, once it is so old that no save can still be writing it."""
    with suppress(OSError):
        for name in disk.names(folder):
            if _TEMPORARY.fullmatch(name):
                path = folder / name
                if time.time() - disk.stat(path).st_mtime > _ABANDONED_SECONDS:
                    disk.unlink(path)


def _not_written(target: Path, error: OSError, needed: int, there: bool, disk: Disk) -> ProjectError:
    safe = (
        _("The previous version of “{name}” is unchanged, and none of your work is lost.", name=target.name)
        if there
        else _("None of your work is lost.")
    )
    code: Code
    text: Message
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        code = "disk-full"
        text = _(
            "Not saved: the disk is full (needs {needed}, {free} free). {safe} Free some space, or save elsewhere.",
            needed=byte_count(needed),
            free=_free(target.parent, disk),
            safe=safe,
        )
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        code = "read-only-folder"
        text = _(
            "Not saved: the folder “{folder}” cannot be written. {safe} Save elsewhere.",
            folder=str(target.parent),
            safe=safe,
        )
    else:
        code = "not-written"
        text = _(
            "Not saved: {reason}. {safe} Try again, or save elsewhere.",
            reason=error.strerror or str(error),
            safe=safe,
        )
    return ProjectError(code, text, where=str(target), details=(str(error),))


def _free(folder: Path, disk: Disk) -> str:
    try:
        return byte_count(disk.free(folder))
    except OSError:
        return "?"
