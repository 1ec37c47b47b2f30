"""What a save does to the file, the folder and everything beside them."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cnnlab.core.project.project import Project
from cnnlab.engine.archive import ProjectError, Stamp, backup_of, open_project, save, write_atomically
from cnnlab.engine.archive.disk import Disk

OLD, NEW = Project(title="old"), Project(title="new")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.cnnlab"


def title(path: Path) -> str:
    return open_project(path).project.title


def refusing(number: int) -> Any:
    def call(*_arguments: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return call


def code_of(error: pytest.ExceptionInfo[ProjectError]) -> str:
    return error.value.code


def test_the_old_version_stays_as_backup(path: Path) -> None:
    save(OLD, path)
    assert backup_of(path) is None
    save(NEW, path)
    backup = backup_of(path)
    assert backup == path.with_name("net.cnnlab.bak")
    assert (title(path), title(backup)) == ("new", "old")
    assert sorted(os.listdir(path.parent)) == ["net.cnnlab", "net.cnnlab.bak"]


def test_a_damaged_file_does_not_push_out_the_backup_of_a_good_one(path: Path) -> None:
    save(OLD, path)
    save(NEW, path)
    path.write_bytes(path.read_bytes()[:-30])
    save(replace(NEW, title="newest"), path)
    assert title(path.with_name("net.cnnlab.bak")) == "old"


def test_a_foreign_file_without_backup_gets_one(path: Path) -> None:
    path.write_bytes(b"a letter")
    save(NEW, path)
    assert path.with_name("net.cnnlab.bak").read_bytes() == b"a letter"


def test_a_link_stays_a_link_and_the_mode_stays(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.cnnlab"
    save(OLD, real)
    real.chmod(0o640)
    path.symlink_to(real)
    save(NEW, path)
    assert path.is_symlink()
    assert title(real) == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert backup_of(path) == real.with_name("real.cnnlab.bak")
    assert os.listdir(tmp_path) == ["elsewhere", "net.cnnlab"] or os.listdir(tmp_path) == ["net.cnnlab", "elsewhere"]


def test_a_new_file_has_the_mode_that_the_umask_allows(path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(NEW, path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_the_stamp_is_that_of_the_file_on_the_disk(path: Path) -> None:
    stamp = save(OLD, path)
    assert stamp == open_project(path).stamp
    assert (stamp.mtime_ns, stamp.size) == (path.stat().st_mtime_ns, path.stat().st_size)


def test_a_file_that_another_program_changed_is_not_replaced(path: Path) -> None:
    stamp = save(OLD, path)
    save(replace(OLD, title="theirs"), path)
    before = path.read_bytes()
    with pytest.raises(ProjectError) as error:
        save(NEW, path, expected=stamp)
    assert code_of(error) == "changed"
    assert path.read_bytes() == before
    save(NEW, path, expected=open_project(path).stamp)
    assert title(path) == "new"


def test_a_file_that_changes_while_it_is_saved_is_not_replaced(path: Path) -> None:
    stamp = save(OLD, path)

    def fsync(file: int) -> None:
        save(replace(OLD, title="theirs"), path)

    with pytest.raises(ProjectError) as error:
        save(NEW, path, expected=stamp, disk=Disk(fsync=fsync))
    assert code_of(error) == "changed"
    assert title(path) == "theirs"


def test_touching_or_removing_the_file_is_no_change(path: Path) -> None:
    stamp = save(OLD, path)
    os.utime(path, (1, 1))
    stamp = save(OLD, path, expected=stamp)
    path.unlink()
    save(NEW, path, expected=stamp)
    assert title(path) == "new"


def test_a_read_only_file_is_not_replaced(path: Path) -> None:
    save(OLD, path)
    path.chmod(0o444)
    with pytest.raises(ProjectError) as error:
        save(NEW, path)
    assert code_of(error) == "read-only-file"
    assert title(path) == "old"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, "read-only-folder"),
        (errno.EROFS, "read-only-folder"),
        (errno.EIO, "not-written"),
        (errno.EDQUOT, "disk-full"),
    ],
)
def test_a_folder_that_takes_no_file_leaves_the_old_one(path: Path, number: int, code: str) -> None:
    save(OLD, path)
    with pytest.raises(ProjectError) as error:
        save(NEW, path, disk=Disk(create=refusing(number)))
    assert code_of(error) == code
    assert "none of your work is lost" in str(error.value)
    assert title(path) == "old"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="No such file or directory") as error:
        save(NEW, tmp_path / "gone" / "net.cnnlab")
    assert code_of(error) == "not-written"


def test_a_full_disk_is_known_before_anything_is_written(path: Path) -> None:
    with pytest.raises(ProjectError) as error:
        write_atomically(path, bytes(48_000_000), disk=Disk(free=lambda folder: 11_000_000, create=refusing(errno.EIO)))
    assert code_of(error) == "disk-full"
    assert "the disk is full (needs 48 MB, 11 MB free)" in str(error.value)


def test_a_disk_that_takes_only_a_part_of_each_write_gets_all(path: Path) -> None:
    content = os.urandom(100_000)
    write_atomically(path, content, disk=Disk(write=lambda file, data: os.write(file, data[: len(data) // 2 + 1])))
    assert path.read_bytes() == content


def test_a_disk_that_lies_about_what_it_wrote_is_found_out(path: Path) -> None:
    save(OLD, path)
    with pytest.raises(ProjectError) as error:
        save(NEW, path, disk=Disk(write=lambda file, data: os.write(file, bytes(len(data)))))
    assert code_of(error) == "not-verified"
    assert title(path) == "old"


def test_a_project_that_no_reader_would_take_is_not_saved(path: Path) -> None:
    save(OLD, path)
    for wrong in (replace(NEW, note="x" * 5000), replace(NEW, title="\ud800")):
        with pytest.raises(ProjectError) as error:
            save(wrong, path)
        assert code_of(error) == "not-verified"
    assert "A text is longer than 4,096 characters." in str(_error_of(replace(NEW, note="x" * 5000), path))
    assert title(path) == "old"
    assert os.listdir(path.parent) == ["net.cnnlab"]


def _error_of(project: Project, path: Path) -> ProjectError:
    with pytest.raises(ProjectError) as error:
        save(project, path)
    return error.value


def test_a_thumbnail_that_is_no_picture_is_left_out(path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    sizes = {
        name: save(NEW, path, thumbnail=data).size
        for name, data in {"none": None, "png": png, "other": b"GIF89a", "huge": png + bytes(10**6)}.items()
    }
    assert sizes["png"] > sizes["none"] == sizes["other"] == sizes["huge"]


def test_what_killed_saves_left_is_swept_after_a_day(path: Path) -> None:
    def left(letter: str, age: int) -> Path:
        file = path.parent / f".cnnlab-{letter * 32}.part"
        file.write_bytes(b"half")
        now = path.parent.stat().st_mtime
        os.utime(file, (now - age, now - age))
        return file

    old, young = left("a", 25 * 3600), left("b", 3600)
    other = path.parent / ".cnnlab-notes.part"
    other.write_bytes(b"")
    os.utime(other, (1, 1))
    save(NEW, path)
    assert (old.exists(), young.exists(), other.exists()) == (False, True, True)


def test_an_interrupted_save_leaves_nothing(path: Path) -> None:
    def interrupted(file: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(NEW, path, disk=Disk(fsync=interrupted))
    assert os.listdir(path.parent) == []


def test_any_file_of_the_app_can_be_written_this_way(path: Path) -> None:
    first = write_atomically(path, b"first", keep_backup=True)
    assert first == Stamp(path.stat().st_mtime_ns, 5, first.sha256)
    write_atomically(path, memoryview(b"second"), keep_backup=True)
    assert (path.read_bytes(), path.with_name("net.cnnlab.bak").read_bytes()) == (b"second", b"first")

    def refuse(new: Path) -> None:
        assert new.read_bytes() == b"third"
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_atomically(path, b"third", verify=refuse)
    assert path.read_bytes() == b"second"
