"""Fetching a published set into the app's own folder: complete and verified, or not there at all."""

from __future__ import annotations

import os
import shutil
import tarfile
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message as _
from cnnlab.engine.data import downloads, published_sets, set_folders
from cnnlab.engine.data.downloads import DownloadCancelled, DownloadError
from cnnlab.engine.data.errors import DataError

_CHUNK = 2**20
_MAX_BYTES = 2**28
"""What one file in an archive may hold; the largest of CIFAR-100 holds 154 MB."""


def fetch(
    name: str,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda count: None,
    opener: urllib.request.OpenerDirector | None = None,
) -> Path:
    """The folder of the set ``name``, which is fetched if it is not there yet. ``progress`` is told how many of its
    ``Source.download_bytes`` there are.

    Archives are unpacked beside the place where the set will lie, and it is put there in one step when it could be read.
    Raises ``DownloadError``, and ``DownloadCancelled``; what came so far is gone on with the next time."""
    place = set_folders.home(name)
    coming, aside = place.with_name(f"{name}.download"), place.with_name(f"{name}.new")
    if set_folders.is_here(name):
        shutil.rmtree(coming, ignore_errors=True)
        return place
    before = 0
    for each in SOURCES[name].downloads:
        downloads.fetch(
            each,
            coming / each.name,
            cancelled=cancelled,
            progress=lambda count, before=before: progress(before + count),  # type: ignore[misc]
            opener=opener,
        )
        before += each.bytes
    try:
        _unpack(name, coming, aside, cancelled)
        _check(name, aside)
        shutil.rmtree(place, ignore_errors=True)  # it holds no whole set, or it would have been taken
        os.rename(aside, place)
    except OSError as error:
        raise DownloadError(
            _(
                "{title} was downloaded but cannot be put into “{folder}” ({reason}). Incomplete files are not used. "
                "Free some space, then try again.",
                title=SOURCES[name].title,
                folder=place.parent,
                reason=error.strerror or str(error),
            )
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(coming, ignore_errors=True)
    return place


def _unpack(name: str, coming: Path, aside: Path, cancelled: Callable[[], bool]) -> None:
    """The files of the set, and no others, from what was fetched into ``aside``."""
    shutil.rmtree(aside, ignore_errors=True)  # of an attempt that was killed
    aside.mkdir(parents=True)
    wanted = {file for files in SOURCES[name].files[:1] for file in files.train + files.test}
    for each in SOURCES[name].downloads:
        path = coming / each.name
        if path.suffixes[-2:] != [".tar", ".gz"]:
            shutil.copyfile(path, aside / each.name)
            continue
        try:
            with tarfile.open(path, "r|gz") as archive:
                for member in archive:
                    base = member.name.rpartition("/")[2]
                    if member.isreg() and base in wanted:
                        # One of the name, and only what is in the list: no path comes from the archive.
                        wanted.remove(base)
                        _copy(archive, member, aside / base, cancelled)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise _unreadable(name) from error


def _copy(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path, cancelled: Callable[[], bool]) -> None:
    if member.size > _MAX_BYTES:
        raise tarfile.ReadError("larger than any file of the set")
    source = archive.extractfile(member)
    assert source is not None
    with target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            if cancelled():
                raise DownloadCancelled
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _check(name: str, aside: Path) -> None:
    try:
        found = published_sets.read(name, aside)
    except DataError as error:
        raise _unreadable(name) from error
    if found is None:
        raise _unreadable(name)


def _unreadable(name: str) -> DownloadError:
    return DownloadError(
        _(
            "The download of {title} cannot be read, although it is the published file. Nothing was changed. Please "
            "report this, and choose a folder that has the pictures meanwhile.",
            title=SOURCES[name].title,
        )
    )
