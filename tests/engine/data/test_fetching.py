"""A set is fetched whole, or is not there: archives that lie, processes that die, disks that fill up."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import published
import pytest
from loopback import Site, serving

from cnnlab.core.data.published import Download
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.project.project import DataSettings
from cnnlab.core.values import Frozen
from cnnlab.engine.data import datasets, fetching, set_folders
from cnnlab.engine.data.downloads import DownloadCancelled, DownloadError

CIFAR10 = "cifar-10-binary.tar.gz"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(published.idx_set() | {CIFAR10: published.cifar10_archive()})) as site:
        yield site


@pytest.fixture
def fetch(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Fetches a set as the site has it now."""

    def fetch(name: str, **named: Any) -> Path:
        known = []
        for each in SOURCES[name].downloads:
            content = site.files[each.name]
            known.append(Download(site.address + each.name, len(content), hashlib.sha256(content).hexdigest()))
        sources = Frozen({**SOURCES, name: replace(SOURCES[name], downloads=tuple(known))})
        monkeypatch.setattr(fetching, "SOURCES", sources)
        return fetching.fetch(name, opener=site.opener, **named)

    return fetch


@pytest.mark.parametrize(("name", "counts"), [("fashion_mnist", (24, 6, 20)), ("cifar10", (80, 20, 20))])
def test_a_fetched_set_is_used_without_saying_where_it_is(
    fetch: Callable[..., Path], name: str, counts: tuple[int, int, int]
) -> None:
    with pytest.raises(datasets.DataError, match=r"do not come with cnnlab. Download them"):
        datasets.load(DataSettings(name))
    progress: list[int] = []
    place = fetch(name, progress=progress.append)
    assert place == set_folders.home(name)
    assert sorted(path.name for path in place.parent.iterdir()) == [name], "nothing else is left"
    data = datasets.load(DataSettings(name))
    assert (len(data.train), len(data.validation), len(data.test)) == counts
    assert progress == sorted(progress)


def test_a_set_that_is_here_is_not_fetched_again(site: Site, fetch: Callable[..., Path]) -> None:
    fetch("fashion_mnist")
    asked = len(site.asked)
    assert asked == 4
    fetch("fashion_mnist")
    assert len(site.asked) == asked


def test_what_broke_off_is_gone_on_with(site: Site, fetch: Callable[..., Path]) -> None:
    site.cut_after = 3000
    with pytest.raises(DownloadError, match="was interrupted"):
        fetch("fashion_mnist")
    assert not set_folders.is_here("fashion_mnist")
    site.cut_after = None
    fetch("fashion_mnist")
    assert "train-images-idx3-ubyte.gz bytes=3000-" in site.asked
    assert set_folders.is_here("fashion_mnist")


def test_a_cancelled_download_leaves_no_set_and_keeps_what_came(site: Site, fetch: Callable[..., Path]) -> None:
    came: list[int] = []
    with pytest.raises(DownloadCancelled):
        fetch("cifar10", progress=came.append, cancelled=lambda: bool(came) and came[-1] > 0)
    assert not set_folders.is_here("cifar10")
    assert set_folders.home("cifar10").with_name("cifar10.download").is_dir()


def member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=1) as packed:
        for info, content in members:
            packed.addfile(info, io.BytesIO(content))
    return held.getvalue()


def test_an_archive_puts_nothing_anywhere_else(site: Site, fetch: Callable[..., Path]) -> None:
    good = [member(f"cifar-10-batches-bin/{name}", published.cifar_file(5, 0)) for name in published.CIFAR10]
    evil = [
        member("../../../evil", b"x"),
        member("/evil", b"x"),
        member("../test_batch.bin.evil", b"x"),
        member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("data_batch_1.bin", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("cifar-10-batches-bin/test_batch.bin", type=tarfile.FIFOTYPE),
    ]
    again = [member("elsewhere/test_batch.bin", b"another of the same name")]
    site.files[CIFAR10] = archive(*evil, *good, *again)
    place = fetch("cifar10")
    assert sorted(path.name for path in place.iterdir()) == sorted(published.CIFAR10)
    assert all(path.is_file() and not path.is_symlink() for path in place.iterdir())
    assert not list(place.parents[3].rglob("evil*"))
    assert len(datasets.load(DataSettings("cifar10")).test) == 5


@pytest.mark.parametrize(
    "content",
    [
        published.tar_gz({"cifar-10-batches-bin/test_batch.bin": published.cifar_file(5, 0)}),
        published.tar_gz(dict.fromkeys(published.CIFAR10, b"no whole pictures")),
        published.cifar10_archive()[:-2000],
        b"<html>",
    ],
    ids=["files missing", "damaged files", "cut off", "no archive"],
)
def test_an_archive_that_holds_no_set_is_refused(site: Site, fetch: Callable[..., Path], content: bytes) -> None:
    site.files[CIFAR10] = content
    with pytest.raises(DownloadError, match="cannot be read, although it is the published file"):
        fetch("cifar10")
    assert not set_folders.home("cifar10").exists()


def test_a_member_larger_than_any_file_of_the_set_is_refused_before_it_is_unpacked(
    site: Site, fetch: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_MAX_BYTES", 1000)
    with pytest.raises(DownloadError, match="cannot be read"):
        fetch("cifar10")
    assert not set_folders.home("cifar10").exists()


@pytest.mark.parametrize("call", ["rename", "fsync"])
def test_a_disk_that_fills_up_leaves_no_set(
    fetch: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(fetching.os, call, full)
        with pytest.raises(DownloadError, match=r"Incomplete files are not used. Free some space"):
            fetch("cifar10")
    assert not set_folders.is_here("cifar10")
    fetch("cifar10")
    assert set_folders.is_here("cifar10")


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks of one that has torch loaded")
def test_a_process_that_dies_on_the_way_leaves_a_whole_set_or_none(site: Site) -> None:
    sums = [f"{name} {len(content)} {hashlib.sha256(content).hexdigest()}" for name, content in site.files.items()]
    site.files["sums"] = "\n".join(sums).encode()
    command = [sys.executable, str(Path(__file__).with_name("fetching_child.py")), site.address]
    path = os.pathsep.join([str(Path(fetching.__file__).parents[3]), *sys.path])
    child = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    lines = [line.split() for line in child.stdout.splitlines()]
    assert lines, child.stderr
    assert lines.pop() == ["0", "20", "fashion_mnist"]
    assert len(lines) > 15
    assert {(ended, *left) for ended, _read, *left in lines} == {("9", "fashion_mnist")}
    assert {read for _ended, read, *_left in lines} == {"none", "20"}
