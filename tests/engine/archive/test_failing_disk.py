"""Every call to the operating system that a save makes fails in turn: the old file or the new one, and never a false word."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cnnlab.core.project.project import Project
from cnnlab.engine.archive import ProjectError, open_project, save
from cnnlab.engine.archive.disk import DISK, Disk

OLDER, OLD, NEW = (Project(title=title, note=title * 200) for title in ("older", "old", "new"))


class Calls:
    """Counts calls, and lets the ``nth`` fail (``for_ever``: all from there on)."""

    def __init__(self, nth: int, number: int, for_ever: bool) -> None:
        self.made = 0
        self._nth, self._number, self._for_ever = nth, number, for_ever

    def count(self) -> None:
        self.made += 1
        if self.made == self._nth or (self._for_ever and self.made > self._nth):
            raise OSError(self._number, os.strerror(self._number))

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any) -> Any:
            self.count()
            return call(*arguments)

        return counting

    def disk(self) -> Disk:
        table = {field.name: self.counted(getattr(DISK, field.name)) for field in fields(Disk)}
        return Disk(**{**table, "reader": self.counted(lambda path: Reader(DISK.reader(path), self))})


class Reader:
    """A file whose every read is a call that can fail."""

    def __init__(self, file: Any, calls: Calls) -> None:
        self._file, self._calls = file, calls

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def read(self, count: int = -1) -> bytes:
        self._calls.count()
        return self._file.read(count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What lies in the folder before the save, by name."""
    folder = tmp_path_factory.mktemp("before")
    for project in (OLDER, OLD):
        save(project, folder / "net.cnnlab")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def save_with(calls: Calls, folder: Path, before: dict[str, bytes]) -> ProjectError | None:
    path = folder / "net.cnnlab"
    for name, content in before.items():
        (folder / name).write_bytes(content)
    try:
        save(NEW, path, disk=calls.disk())
    except ProjectError as error:
        return error
    return None


def calls_of_a_save(folder: Path, before: dict[str, bytes]) -> int:
    calls = Calls(0, 0, False)
    assert save_with(calls, folder, before) is None
    return calls.made


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False], ids=["over an old file", "first save"])
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EACCES], ids=errno.errorcode.get)
def test_the_nth_call_fails(
    number: int, for_ever: bool, there: bool, before: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = before if there else {}
    count = calls_of_a_save(tmp_path_factory.mktemp("count"), before)
    assert count > (25 if there else 12)
    failures = 0
    for nth in range(1, count + 1):
        folder = tmp_path_factory.mktemp("nth")
        path = folder / "net.cnnlab"
        calls = Calls(nth, number, for_ever)
        error = save_with(calls, folder, before)
        assert calls.made >= nth
        if error is None:
            assert open_project(path).project == NEW
        else:
            failures += 1
            assert open_project(path).project == OLD if there else not path.exists()
            # The person is never told that the disk is full when it is not, or the like.
            expected = {
                errno.EIO: {"not-written", "unreadable"},
                errno.ENOSPC: {"disk-full", "unreadable"},
                errno.EACCES: {"read-only-folder", "unreadable"},
            }
            assert error.code in expected[number]
        if there:
            backup = open_project(path.with_name("net.cnnlab.bak")).project
            assert backup == OLD if error is None else backup in (OLDER, OLD)
        if not for_ever:
            assert not [name for name in os.listdir(folder) if name.endswith(".part")]
    # Only the sweep before and the folder's sync after may fail unnoticed.
    assert failures >= count - 3
