"""A file comes whole and right, or not at all: tried against a server on this computer that behaves badly in every way."""

from __future__ import annotations

import errno
import hashlib
import random
import shutil
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from loopback import Site, serving

from cnnlab.core.data.published import Download
from cnnlab.core.data.sources import SOURCES
from cnnlab.engine.data import downloads
from cnnlab.engine.data.downloads import DownloadCancelled, DownloadError, fetch

CONTENT = random.Random(0).randbytes(1_000_000)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({"set.gz": CONTENT})) as site:
        yield site


def known(site: Site, content: bytes = CONTENT) -> Download:
    return Download(site.address + "set.gz", len(content), hashlib.sha256(content).hexdigest())


def test_a_file_comes_whole(site: Site, tmp_path: Path) -> None:
    counts: list[int] = []
    fetch(known(site), tmp_path / "new" / "set.gz", progress=counts.append, opener=site.opener)
    assert (tmp_path / "new" / "set.gz").read_bytes() == CONTENT
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(CONTENT))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["set.gz"]


def test_what_is_there_and_right_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    (tmp_path / "set.gz").write_bytes(CONTENT)
    fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert site.asked == []
    (tmp_path / "set.gz").write_bytes(CONTENT[:-1] + b"!")
    fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert (tmp_path / "set.gz").read_bytes() == CONTENT


@pytest.mark.parametrize("ranges", [True, False], ids=["resumed", "redone where the server knows no ranges"])
def test_a_download_that_broke_off_is_gone_on_with(site: Site, tmp_path: Path, ranges: bool) -> None:
    site.cut_after, site.ranges = 300_000, ranges
    with pytest.raises(DownloadError, match=r"stopped at 30 %\. Incomplete files are not used\. Start it again"):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert not (tmp_path / "set.gz").exists()
    assert (tmp_path / "set.gz.part").read_bytes() == CONTENT[:300_000]
    site.cut_after = None
    counts: list[int] = []
    fetch(known(site), tmp_path / "set.gz", progress=counts.append, opener=site.opener)
    assert (tmp_path / "set.gz").read_bytes() == CONTENT
    assert site.asked == ["set.gz", "set.gz bytes=300000-"]
    assert counts[0] == (300_000 if ranges else 0)


def test_a_part_that_is_of_another_file_is_thrown_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "set.gz.part").write_bytes(b"old" * 1000)
    fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert (tmp_path / "set.gz").read_bytes() == CONTENT
    assert site.asked == ["set.gz bytes=3000-", "set.gz"]


def test_a_part_that_is_complete_or_too_long_needs_no_special_server(site: Site, tmp_path: Path) -> None:
    (tmp_path / "set.gz.part").write_bytes(CONTENT)
    fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert site.asked == []
    (tmp_path / "set.gz").unlink()
    (tmp_path / "set.gz.part").write_bytes(CONTENT + b"more")
    fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert (tmp_path / "set.gz").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "served",
    [CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]), CONTENT + b"one page more"],
    ids=["one bit flipped", "longer than published"],
)
def test_what_is_not_the_published_file_is_refused_and_not_kept(site: Site, tmp_path: Path, served: bytes) -> None:
    site.files["set.gz"] = served
    with pytest.raises(
        DownloadError, match=r"is not the published one: its length or checksum differs. It was deleted"
    ):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="nothing tells which files are open")
def test_a_part_is_closed_before_it_is_thrown_away(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink = Path.unlink

    def as_on_windows(path: Path, missing_ok: bool = False) -> None:
        if any(link.resolve() == path for link in Path("/proc/self/fd").iterdir()):
            raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", as_on_windows)
    site.files["set.gz"] = CONTENT + b"one page more"
    with pytest.raises(DownloadError, match="It was deleted"):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_server_does_not_have_is_said_so(site: Site, tmp_path: Path) -> None:
    missing = replace(known(site), url=site.address + "other.gz")
    with pytest.raises(DownloadError, match=r"did not send “other\.gz” \(404"):
        fetch(missing, tmp_path / "other.gz", opener=site.opener)


def test_a_server_that_is_not_there_is_said_so(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"cannot be reached.*connected to the internet"):
        fetch(replace(known(site), url="http://127.0.0.1:1/set.gz"), tmp_path / "set.gz", opener=site.opener)


def test_a_silent_server_is_given_up(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT", 0.2)
    site.stalls_after = 200_000
    with pytest.raises(DownloadError, match="stopped at 20 %"):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)


@pytest.mark.parametrize("stalls_after", [0, 200_000], ids=["before the first byte", "in the middle"])
def test_cancelling_does_not_wait_for_a_silent_server(site: Site, tmp_path: Path, stalls_after: int) -> None:
    site.stalls_after = stalls_after
    start = time.monotonic()
    with pytest.raises(DownloadCancelled):
        fetch(known(site), tmp_path / "set.gz", cancelled=lambda: time.monotonic() > start + 0.3, opener=site.opener)
    assert time.monotonic() - start < 5
    assert (tmp_path / "set.gz.part").stat().st_size == stalls_after, "what came is kept"


def test_http_is_refused_from_the_start_and_behind_a_redirect(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch(known(site), tmp_path / "set.gz")
    assert site.asked == []
    site.leads_to = site.address + "elsewhere/"
    with pytest.raises(DownloadError, match="not secure"):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/set.gz", "data:,set"])
def test_nothing_but_https_is_opened(url: str) -> None:
    with pytest.raises(urllib.error.URLError, match="unknown url type"):
        downloads.secure_opener().open(url)


def test_a_full_disk_is_told_before_it_is_tried(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=5_000_000))
    with pytest.raises(DownloadError, match=r"needs 68 MB on the disk and 5.0 MB are free\. Nothing was started"):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert site.asked == []


def test_a_disk_that_fills_up_on_the_way_loses_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads.os, "fsync", full)
    with pytest.raises(
        DownloadError, match=r"disk is full: the download stopped at 100 %.*Free some space, then start it again"
    ):
        fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert not (tmp_path / "set.gz").exists()
    monkeypatch.undo()
    fetch(known(site), tmp_path / "set.gz", opener=site.opener)
    assert (tmp_path / "set.gz").read_bytes() == CONTENT


def test_all_that_is_known_is_fetched_over_https_with_a_checksum() -> None:
    known = [each for source in SOURCES.values() for each in source.downloads]
    assert len(known) == 6
    for each in known:
        assert each.url.startswith("https://")
        assert len(bytes.fromhex(each.sha256)) == 32
        assert each.bytes > 0
